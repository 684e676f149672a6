import type { DependencyConfigs } from '../fixtures/fixtures.ts';
import { startWorkerProcess } from '../worker-process/start-worker-process.ts';
import type { ProductOptions } from './serve-product.ts';

/** As in the Dockerfile. */
const YOUNG_GENERATION = '--max-semi-space-size=8';

export interface Server extends AsyncDisposable {
  port: number;
  call<T>(command: string, argument?: unknown): Promise<T>;
}

/** Runs a server of this folder in a worker process; resolves when it accepts connections. */
export async function startServer(
  name: string,
  options?: unknown,
  nodeArgs: readonly string[] = [],
): Promise<Server> {
  const worker = await startWorkerProcess(new URL(`./${name}.ts`, import.meta.url), options, [
    '--expose-gc',
    ...nodeArgs,
  ]);
  return { ...worker, port: await worker.call<number>('port') };
}

export function startProduct(options: ProductOptions, nodeArgs: readonly string[]): Promise<Server> {
  return startServer('product', options, nodeArgs);
}

/** Starts a pusher as its image does. */
export function startPusher(configs: DependencyConfigs, nodeArgs: readonly string[]): Promise<Server> {
  return startProduct({ services: ['pusher'], configs }, [...nodeArgs, YOUNG_GENERATION]);
}
