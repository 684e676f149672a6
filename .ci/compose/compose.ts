import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const TIMEOUT_MS = 300_000;

/** `docker …`. Resolves to its standard output; rejects with both outputs. */
export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', args, { timeout: TIMEOUT_MS, maxBuffer: 64 << 20 });
  return stdout;
}

/** `docker compose …` in the project that the environment names. */
export function compose(...args: string[]): Promise<string> {
  return docker('compose', '--progress', 'quiet', ...args);
}

/** Elasticsearch's response to a GET. It can be reached only in the containers' network. */
export async function askElasticsearch<T>(path: string): Promise<T> {
  const url = `http://127.0.0.1:9200${path}`;
  return JSON.parse(await compose('exec', '-T', 'elasticsearch', 'curl', '-fsS', url)) as T;
}

/** Of a query, the values by a label. */
export async function askPrometheus(query: string, label = 'job'): Promise<Record<string, number>> {
  const url = `http://127.0.0.1:9090/api/v1/query?${new URLSearchParams({ query })}`;
  const answer = JSON.parse(await compose('exec', '-T', 'prometheus', 'wget', '-qO-', url)) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return Object.fromEntries(answer.data.result.map(({ metric, value }) => [metric[label], Number(value[1])]));
}

/** The log lines of all replicas of a service. */
export async function logLines(service: string): Promise<string[]> {
  const log = await compose('logs', '--no-log-prefix', '--no-color', service);
  return log.split('\n').filter((line) => line !== '');
}
