import type { Closable } from '../async/closable.ts';
import { enableCompileCaching } from './compile-cache.ts';
import type { Logger } from './logger.ts';

interface Started extends Closable {
  readonly urls: Readonly<Record<string, string | undefined>>;
}

interface Program<Config, S extends Started> {
  /** Throws `SettingsError`. */
  loadConfig(): Config;
  start(config: Config, logger: Logger): Promise<S>;
}

/**
 * The whole `main.ts` of a system: runs the program in the module that `load` imports (see `runProgram`), and
 * prints where it listens and what to try. Modules are cached for the next start.
 */
export async function runMain<Config extends { logLevel: string }, S extends Started>(
  name: string,
  load: () => Promise<Program<Config, S>>,
  toTry: (started: S, config: Config) => readonly (string | undefined)[],
): Promise<void> {
  enableCompileCaching();
  const { runProgram } = await import('./program.ts');
  const { loadConfig, start } = await load();
  await runProgram(name, loadConfig, async (config, logger) => {
    const started = await start(config, logger);
    const urls = Object.entries(started.urls).map(([service, url]) => `${service.padEnd(10)} ${url}`);
    const lines = [`${name} is running`, ...urls, '', ...toTry(started, config).filter((line) => line)];
    process.stderr.write(`\n${lines.map((line) => `  ${line}`.trimEnd()).join('\n')}\n\n`);
    return started;
  });
}
