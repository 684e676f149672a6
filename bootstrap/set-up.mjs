import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from './child.mjs';

const node24 = 'bootstrap/node-24';
const frontendSources = [
  'package-lock.json',
  'frontend',
  'shared/src',
  'client/src',
  'docs/openapi.json',
  'docs/asyncapi.json',
];
const notSources = /^(node_modules|dist|test-results)$|\.(test|contract)\.ts$/;

/**
 * Installs the locked packages and builds the page, each only if that was not yet done for the present sources, then
 * runs a file on Node 24 and ends with its exit code. An interrupted step counts as not done.
 *
 * @param {string[]} args
 */
export async function setUpAndRun(args) {
  try {
    process.chdir(fileURLToPath(new URL('..', import.meta.url)));
    const withFrontend = args[0] === '--frontend';
    // First, because npm leaves out optional packages that do not support the Node that it runs on.
    if (Number.parseFloat(process.versions.node) < 24) await putNode24OnPath();
    await installPackages('.');
    if (withFrontend) await buildFrontend();
    process.exitCode = await runChild('node', withFrontend ? args.slice(1) : args);
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exitCode = 1;
  }
}

/** Of the packages there, each for one platform, npm installs the one that fits. */
async function putNode24OnPath() {
  const names = Object.keys(JSON.parse(readFileSync(`${node24}/package.json`, 'utf8')).optionalDependencies);
  const folders = names.map((name) => resolve(node24, 'node_modules', name, 'bin'));
  const path = [...folders, process.env.PATH].join(delimiter);
  await installPackages(node24, () => {
    // npm reports no failure of an optional package.
    const options = { env: { ...process.env, PATH: path }, encoding: /** @type {const} */ ('utf8') };
    const version = execFileSync('node', ['-p', 'process.versions.node'], options);
    if (Number.parseFloat(version) >= 24) return;
    throw new Error(
      `Meower needs Node 24, this is ${version.trim()}, and npm could not install it for ${process.platform}-${process.arch}: check the network, or install Node 24 yourself (nodejs.org).`,
    );
  });
  process.env.PATH = path;
}

/** @type {(folder: string, verify?: () => void) => Promise<void>} */
async function installPackages(folder, verify) {
  const lockFile = join(folder, 'package-lock.json');
  // npm ci begins by emptying node_modules.
  await doOnce(join(folder, 'node_modules/.installed'), [lockFile], async () => {
    console.log(`Installing the packages of ${lockFile} (npm ci) …`);
    // Development packages too if NODE_ENV=production: they build the page. No package needs its install script.
    await npm(folder, 'ci', '--include=dev', '--include=optional', '--ignore-scripts', '--loglevel=error');
    verify?.();
  });
}

async function buildFrontend() {
  // Vite begins by emptying dist.
  await doOnce('frontend/dist/.built', frontendSources.flatMap(filesUnder), async () => {
    console.log('Building the page …');
    await npm('frontend', 'run', 'build');
  });
}

/**
 * Takes a step unless the file `stamp`, which the step begins by removing, says that it was done for these sources.
 *
 * @type {(stamp: string, sources: string[], step: () => Promise<void>) => Promise<void>}
 */
async function doOnce(stamp, sources, step) {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\0`);
  for (const source of sources) hash.update(`${source}\0`).update(readFileSync(source));
  const fingerprint = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return;
  await step();
  writeFileSync(stamp, fingerprint);
}

/** @type {(path: string) => string[]} */
function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => !notSources.test(name));
  return names.sort().flatMap((name) => filesUnder(join(path, name)));
}

/** @type {(cwd: string, ...args: string[]) => Promise<void>} */
async function npm(cwd, ...args) {
  // The npm that started us. Without it (yarn, or no npm script) the npm on PATH.
  const script = process.env.npm_execpath ?? '';
  const [command, ...before] = script.endsWith('npm-cli.js') ? ['node', script] : ['npm'];
  const exitCode = await runChild(command, [...before, ...args], { cwd });
  if (exitCode !== 0) throw new Error(`"npm ${args.join(' ')}" in ${cwd} failed with exit code ${exitCode}.`);
}
