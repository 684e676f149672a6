import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Makes Node believe that it runs on another system. */
const on = (platform: string) =>
  `--import "data:text/javascript,Object.defineProperty(process,'platform',{value:'${platform}'})"`;
let program: ChildProcess | undefined;

/** Starts the pusher; without NATS it is up, though not ready. */
function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, NATS_ADDRESS: '127.0.0.1:1', PUSHER_PROCESSES: '2', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  program = child;
  const lines: { msg: string; pid?: number; port?: number }[] = [];
  const waiting: (() => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line));
    for (const wake of waiting.splice(0)) wake();
  });
  const logged = async (msg: string, count: number) => {
    for (;;) {
      const found = lines.filter((line) => line.msg === msg);
      if (found.length >= count) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { child, logged };
}

afterEach(() => {
  program?.kill('SIGKILL');
});

// The system spreads the connections on Linux, `node:cluster` does elsewhere.
const platforms = process.platform === 'linux' ? ['linux', 'darwin'] : [process.platform];

test.each(platforms)(
  'on %s several processes serve one port, one that dies is replaced, and all end on SIGTERM',
  async (platform) => {
    const { child, logged } = start({ PORT: '0', NODE_OPTIONS: on(platform) });
    const processes = await logged('a process is listening', 2);
    const [{ port } = {}, other] = await logged('listening', 2);
    expect(other?.port).toBe(port);
    const isAlive = async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
    expect(await isAlive()).toBe(true);

    process.kill(processes[0]?.pid as number, 'SIGKILL');
    await logged('a process has ended, another takes its place', 1);
    await logged('listening', 3);
    expect(await isAlive()).toBe(true);

    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await expect(isAlive()).rejects.toThrow();
  },
);

test('a port that is taken ends them all with a sentence', async () => {
  const { logged } = start({ PORT: '0' });
  const [{ port } = {}] = await logged('listening', 2);
  const first = program;
  const { child } = start({ PORT: String(port) });
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(said).toContain(`port ${port} is taken`);
  first?.kill('SIGKILL');
});
