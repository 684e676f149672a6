import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import type { Target } from './client.ts';

const run = promisify(execFile);

/**
 * The running compose project of the environment, whose nginx trusts our `X-Forwarded-For`
 * (`TRUSTED_PROXY=0.0.0.0/0`).
 */
export async function composeTarget(url: string): Promise<Target> {
  const { stdout } = await run('docker', ['compose', 'ps', '--quiet']);
  const ids = stdout.trim().split('\n');
  const startedAt = () => docker('inspect', '--format', '{{.Name}} started at {{.State.StartedAt}}', ...ids);
  const before = await startedAt();
  return {
    url: withoutUserlandProxy(new URL(url)),
    forwarded: true,
    async memory() {
      const ended = (await startedAt()).filter((line) => !before.includes(line));
      if (ended.length > 0) throw new Error(`restarted: ${ended.join(', ')}`);
      const format = '{{.Name}} {{.MemUsage}}';
      const lines = await docker('stats', '--no-stream', '--format', format, ...ids);
      return Object.fromEntries(
        lines.map((line) => {
          const [, name = '', used = '', limit = ''] = /^(\S+) (\S+) \/ (\S+)$/.exec(line) ?? [];
          return [name, { used: bytes(used), limit: bytes(limit) }];
        }),
      );
    },
  };
}

/**
 * What comes from this machine to a port on `localhost` passes through a program of Docker, which would slow
 * attackers and users. What comes from elsewhere, or to another address of this machine, does not.
 */
function withoutUserlandProxy(url: URL): URL {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (own && ['localhost', '127.0.0.1'].includes(url.hostname)) url.hostname = own.address;
  return url;
}

async function docker(...args: string[]): Promise<string[]> {
  return (await run('docker', args)).stdout.trim().split('\n');
}

const UNITS: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

function bytes(amount: string): number {
  const [, number, unit = ''] = /^([\d.]+)(\w+)$/.exec(amount) ?? [];
  return Number(number) * (UNITS[unit] ?? Number.NaN);
}
