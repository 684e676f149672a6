import { expect, test, vi } from 'vitest';
import { createCircuit } from './circuit.ts';

const AWAY = 'connection refused';
const SOON = { timeout: 20_000, interval: 10 };

function createSubject() {
  const probe = vi.fn<() => Promise<void>>(async () => {});
  const warn = vi.fn();
  const circuit = createCircuit({
    name: 'the bowl',
    probe,
    isAway: (error) => error instanceof Error && error.message === AWAY,
    toError: (cause) => new Error('unavailable', { cause }),
    logger: { warn },
  });
  const fail = (message: string) => circuit.run(() => Promise.reject(new Error(message)));
  return { circuit, probe, warn, fail };
}

test('calls are made, and their failures passed on, while the dependency answers', async () => {
  const { circuit, probe, fail } = createSubject();
  expect(await circuit.run(async () => 'milk')).toBe('milk');
  await expect(fail('sour')).rejects.toThrow('sour');
  expect(probe).not.toHaveBeenCalled();
});

test('one lost connection refuses no other call', async () => {
  const { circuit, probe, warn, fail } = createSubject();
  await expect(fail(AWAY)).rejects.toThrow('unavailable');
  expect(probe).toHaveBeenCalledOnce();
  expect(await circuit.run(async () => 'milk')).toBe('milk');
  expect(warn).not.toHaveBeenCalled();
});

test('while no probe is answered calls are refused without being made, also those in progress', async () => {
  const { circuit, probe, warn, fail } = createSubject();
  probe.mockReturnValue(new Promise(() => {}));
  const inProgress = circuit.run(() => new Promise<never>(() => {}));
  await expect(fail(AWAY)).rejects.toThrow('unavailable');
  await expect(inProgress).rejects.toThrow('unavailable');
  const work = vi.fn(async () => 'milk');
  await expect(circuit.run(work)).rejects.toThrow('unavailable');
  expect(work).not.toHaveBeenCalled();
  probe.mockResolvedValue();
  await vi.waitFor(async () => expect(await circuit.run(work)).toBe('milk'), SOON);
  expect(warn.mock.calls.map(([line]) => line)).toEqual([
    'the bowl is unavailable: requests that need it are refused (no answer within 1000 ms)',
    'the bowl answers again',
  ]);
});

test('a dependency that refuses is called, because that fails as quickly', async () => {
  const { circuit, probe, warn, fail } = createSubject();
  probe.mockRejectedValue(new Error('refused'));
  await expect(fail(AWAY)).rejects.toThrow('unavailable');
  await expect(fail(AWAY)).rejects.toThrow('unavailable');
  expect(await circuit.run(async () => 'milk')).toBe('milk');
  expect(warn).not.toHaveBeenCalled();
});

test('closing does not wait for an answer', async () => {
  const { circuit, probe, fail } = createSubject();
  probe.mockReturnValue(new Promise(() => {}));
  await expect(fail(AWAY)).rejects.toThrow('unavailable');
  await circuit.close();
  await circuit.close();
});
