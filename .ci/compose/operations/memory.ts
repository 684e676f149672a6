// How much memory each container needs.
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { compose } from '../compose.ts';
import { print, ROOT, shell, up } from './stack.ts';
import type { Trials } from './table.ts';

export const memory: Trials = {
  async memory() {
    const measure = async (title: string, load: Record<string, string> | undefined, seconds: number) => {
      const abort = new AbortController();
      const running = load
        ? promisify(execFile)('node', ['bench/src/standing-load/main.ts'], {
            cwd: ROOT,
            env: { ...process.env, ...load, LOAD_URL: String(process.argv[2]) },
            signal: abort.signal,
            killSignal: 'SIGTERM',
            maxBuffer: 64 << 20,
          }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }))
        : undefined;
      const most = new Map<string, number>();
      for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(1000)) {
        const stats = await shell(
          'docker stats --no-stream --format "{{.Name}} {{.MemUsage}}" $(docker compose ps -q)',
        );
        for (const [, name, value, unit] of stats.matchAll(/-([a-z-]+)-\d+ ([\d.]+)([KMG])iB/g)) {
          const megabytes = Number(value) * ({ K: 1 / 1024, M: 1, G: 1024 }[String(unit)] ?? 1);
          most.set(String(name), Math.max(most.get(String(name)) ?? 0, megabytes));
        }
      }
      abort.abort();
      const output = await running;
      for (const line of output?.stdout.trim().split('\n').slice(-4) ?? []) print(`${line.slice(0, 300)}`);
      print(`${title}: ${[...most].map(([name, mb]) => `${name} ${mb.toFixed(0)}`).join(', ')}`);
    };
    await compose('restart');
    await up();
    await measure('idle', undefined, 15);
    await measure(
      '500 posts/s',
      { LOAD_POSTS: '500', LOAD_READS: '100', LOAD_SEARCHES: '10', LOAD_SOCKETS: '100' },
      45,
    );
    await measure(
      'peak',
      { LOAD_POSTS: '100000', LOAD_READS: '2000', LOAD_SEARCHES: '50', LOAD_SOCKETS: '1000' },
      45,
    );
  },
};
