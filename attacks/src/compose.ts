import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Target } from './client.ts';

const run = promisify(execFile);

/** A running compose project whose nginx trusts our `X-Forwarded-For` (`TRUSTED_PROXY=0.0.0.0/0`). */
export function composeTarget(url: string): Target {
  return {
    url: new URL(url),
    forwarded: true,
    async memory() {
      const { stdout: ids } = await run('docker', ['compose', 'ps', '--quiet']);
      const format = '{{.Name}} {{.MemUsage}}';
      const args = ['stats', '--no-stream', '--format', format, ...ids.trim().split('\n')];
      const { stdout } = await run('docker', args);
      return Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map((line) => {
            const [, name = '', amount, unit = ''] = /^(\S+) ([\d.]+)(\w+) \//.exec(line) ?? [];
            return [name, Number(amount) * (UNITS[unit] ?? Number.NaN)];
          }),
      );
    },
  };
}

const UNITS: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
