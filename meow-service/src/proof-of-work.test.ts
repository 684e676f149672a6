import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { afterEach, expect, test, vi } from 'vitest';
import { createProofOfWork } from './proof-of-work.ts';

const config = { required: 'over-limit', difficulty: 8, key: 'a key of the replicas' } as const;
const proofOfWork = createProofOfWork(config);

afterEach(() => void vi.useRealTimers());

async function payloadFor(idempotencyKey: string) {
  const challenge = await proofOfWork.createChallenge(idempotencyKey);
  const solution = await solveChallenge({ challenge, deriveKey });
  return { challenge, solution: { ...solution } };
}
const encode = (payload: unknown) => Buffer.from(JSON.stringify(payload)).toString('base64');
const refusal = (status: number, message: string) => expect.objectContaining({ status, message });

test('accepts a proof for the idempotency key, in another replica and again too', async () => {
  const header = encode(await payloadFor('key-1'));
  for (const replica of [proofOfWork, createProofOfWork(config), proofOfWork])
    await replica.check(header, 'key-1');
});

test.each(['key-2', undefined])('refuses a proof for key-1 with the idempotency key %s', async (key) => {
  const header = encode(await payloadFor('key-1'));
  const error = refusal(429, 'The proof of work is for another Idempotency-Key');
  await expect(proofOfWork.check(header, key)).rejects.toEqual(error);
});

test('the key of the challenge cannot be replaced, nor its difficulty, nor its end', async () => {
  const { challenge, solution } = await payloadFor('key-1');
  for (const change of [{ data: { key: 'key-2' } }, { keyPrefix: '00' }, { cost: 1 }, { expiresAt: 9e9 }]) {
    const parameters = { ...challenge.parameters, ...change };
    const header = encode({ challenge: { ...challenge, parameters }, solution });
    const key = parameters.data?.key as string;
    await expect(proofOfWork.check(header, key)).rejects.toEqual(refusal(429, 'The proof of work is wrong'));
  }
});

test('refuses another solution, and a challenge that is signed with another key', async () => {
  const { challenge, solution } = await payloadFor('key-1');
  const wrong = refusal(429, 'The proof of work is wrong');
  // The prefix is known to everyone: what proves the work is the rest.
  for (const derivedKey of ['', `${challenge.parameters.keyPrefix}${'0'.repeat(32)}`]) {
    const header = encode({ challenge, solution: { ...solution, derivedKey } });
    await expect(proofOfWork.check(header, 'key-1')).rejects.toEqual(wrong);
  }
  const stranger = createProofOfWork({ ...config, key: 'another key of others' });
  await expect(stranger.check(encode({ challenge, solution }), 'key-1')).rejects.toEqual(wrong);
});

test('refuses a proof after five minutes', async () => {
  const header = encode(await payloadFor('key-1'));
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * 60_000 - 2000 });
  await proofOfWork.check(header, 'key-1');
  vi.setSystemTime(Date.now() + 4000);
  await expect(proofOfWork.check(header, 'key-1')).rejects.toEqual(
    refusal(429, 'The proof of work has expired'),
  );
});

const nested = `{"challenge":${'{"parameters":'.repeat(5000)}1${'}'.repeat(5001)}`;
test.each(['', '%', 'AAAA', encode(null), encode({}), encode([]), btoa(nested)])(
  'refuses a header that is no proof: %.20s',
  async (header) => {
    await expect(proofOfWork.check(header, 'key-1')).rejects.toEqual(refusal(400, 'Invalid Altcha header'));
  },
);

test('a challenge is solved by at least half and at most all of the keys', async () => {
  const counters = new Set<number>();
  for (let i = 0; i < 100; i++) counters.add((await payloadFor(`key-${i}`)).solution.counter ?? -1);
  expect([...counters].sort()).toEqual([4, 5, 6, 7, 8]);
});

test('a post without a proof is accepted, unless every post needs one', async () => {
  await proofOfWork.check(undefined, undefined);
  const strict = createProofOfWork({ ...config, required: 'always' });
  await expect(strict.check(undefined, 'key-1')).rejects.toEqual(
    refusal(429, 'Every post needs a proof of work: docs/interface.md explains GET /challenge'),
  );
  await strict.check(encode(await payloadFor('key-1')), 'key-1');
});
