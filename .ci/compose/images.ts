import { deepEqual, ok } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const SETTINGS = { MEOWER_IMAGES: 'example', MEOWER_VERSION: '1' };

/** This project's images that `docker …` prints, with settings that name published ones. */
async function imagesIn(...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)('docker', args, { env: { ...process.env, ...SETTINGS } });
  return [...new Set(stdout.match(/\bexample-[a-z-]+:1\b/g))].sort();
}

/** Everything that is built can be published, and all that runs it takes the published images. */
export async function imagesAgree(): Promise<void> {
  const compose = (...files: string[]) =>
    imagesIn('compose', ...files.flatMap((file) => ['--file', file]), '--profile', '*', 'config', '--images');
  const images = await compose('docker-compose.yaml');
  ok(images.length >= 9, String(images));
  deepEqual(await compose('docker-compose.yaml', 'compose.cluster.yaml'), images);
  deepEqual(await imagesIn('buildx', 'bake', '--file', 'docker-bake.hcl', '--print'), images);
  // There, an operator creates the secrets.
  const running = images.filter((image) => !/-(secrets|ops|load):/.test(image));
  deepEqual(await imagesIn('stack', 'config', '--compose-file', 'deploy/stack.yaml'), running);
  deepEqual(await imagesIn('stack', 'config', '--compose-file', 'deploy/ops.yaml'), ['example-ops:1']);
}
