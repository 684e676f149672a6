import type { Place } from '../fixtures/fixtures.ts';
import { startChild } from '../worker-process/start-worker-process.ts';
import type { ProductOptions } from './serve-product.ts';

/** The same as in the Dockerfile. */
const YOUNG_GENERATION = '--max-semi-space-size=8';

export interface Server extends AsyncDisposable {
  port: number;
  call<T>(command: string, argument?: unknown): Promise<T>;
}

/** Starts a server of this folder in a process of its own; resolves when it can serve. */
export async function startServer(
  name: string,
  options?: unknown,
  nodeArgs: readonly string[] = [],
): Promise<Server> {
  const child = await startChild(new URL(`./${name}.ts`, import.meta.url), options, [
    '--expose-gc',
    ...nodeArgs,
  ]);
  return { ...child, port: await child.call<number>('port') };
}

export function startProduct(options: ProductOptions, nodeArgs: readonly string[]): Promise<Server> {
  return startServer('product', options, nodeArgs);
}

/** Starts a pusher as the image does. */
export function startPusher(place: Place, nodeArgs: readonly string[]): Promise<Server> {
  return startProduct({ services: ['pusher'], place }, [...nodeArgs, YOUNG_GENERATION]);
}
