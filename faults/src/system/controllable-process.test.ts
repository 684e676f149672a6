import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startDependencyServer } from './dependency-server.ts';
import { startSupervisedService } from './supervised-service.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faults-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string) => join(folder, name);
const lines = (name: string) => readFileSync(file(name), 'utf8').trim().split('\n');

test('a service is restarted whenever it exits, until it is closed', async () => {
  writeFileSync(file('main.ts'), `console.log(process.pid); setInterval(() => {}, 1000);`);
  const service = startSupervisedService({
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
  expect(service.exits).toEqual({ SIGKILL: 1, SIGTERM: 2 });
});

test('a dependency is the process that its start command prints last, with the port filled in', async () => {
  const command = `echo port {port} > ${file('out')}; sleep 60 >/dev/null 2>&1 & echo $!`;
  const options = { name: 'server', command, port: 4711, stopSignal: 'SIGTERM' } as const;
  const server = await startDependencyServer(options);
  expect(lines('out')).toEqual(['port 4711']);
  await server.kill();
  await server.start();
  await server.stop();
});

test('a start command that prints no process id is an error', async () => {
  const options = { name: 'server', command: 'echo ready', port: 1, stopSignal: 'SIGTERM' } as const;
  await expect(startDependencyServer(options)).rejects.toThrow(/must be a process id/);
});
