import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startPart } from './dependency-server.ts';
import { startSupervised } from './supervised-service.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faults-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string) => join(folder, name);
const lines = (name: string) => readFileSync(file(name), 'utf8').trim().split('\n');

test('a service that is killed or ends is started again, until it is closed', async () => {
  writeFileSync(file('main.ts'), `console.log(process.pid); setInterval(() => {}, 1000);`);
  const service = startSupervised({
    name: 'service',
    main: file('main.ts'),
    env: {},
    logFile: file('service.log'),
  });
  const started = async (times: number) =>
    vi.waitFor(() => expect(lines('service.log').filter(Boolean)).toHaveLength(times), 10_000);
  await started(1);
  await service.kill();
  await started(2);
  await service.stop();
  await started(3);
  await service.close();
  expect(service.ends).toEqual({ SIGKILL: 1, SIGTERM: 2 });
});

test('a part is the process that its command names last, with the port put in', async () => {
  const command = `echo on {port}; sleep 60 >/dev/null 2>&1 & echo $!`;
  const part = await startPart({ name: 'part', command, port: 4711, stopSignal: 'SIGTERM' });
  await part.kill();
  await part.revive();
  await part.stop();
});

test('a command that names no process is an error', async () => {
  const starting = startPart({ name: 'part', command: 'echo ready', port: 1, stopSignal: 'SIGTERM' });
  await expect(starting).rejects.toThrow(/must be a process id/);
});
