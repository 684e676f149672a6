import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const COMMAND = fileURLToPath(new URL('../../meow-service/src/admin/moderate.ts', import.meta.url));

/** Runs the commands of operators, `npm run moderate`. */
export class Operator {
  readonly #environment: { ADMIN_URL: string; ADMIN_TOKEN: string };

  constructor(environment: { ADMIN_URL: string; ADMIN_TOKEN: string }) {
    this.#environment = environment;
  }

  /** Resolves to what the command prints. */
  async moderate(...args: string[]): Promise<string> {
    const env = { ...process.env, ...this.#environment };
    const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, ...args], { env });
    return stdout;
  }
}
