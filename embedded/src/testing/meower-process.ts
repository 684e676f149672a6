import { fileURLToPath } from 'node:url';
import { ProgramProcess } from '@meower/shared/testing/program-process.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** `npm start` as a separate process, without the installation before it. */
export class MeowerProcess extends ProgramProcess {
  /** Starts on any free port, unless `env` sets one. */
  constructor(env: Record<string, string>) {
    super(MAIN, { PORT: '0', ...env });
  }

  /** Its address, once it reports that it is running. Rejects when it ends instead. */
  async url(): Promise<string> {
    const [, port] = await this.printed(/running at http:\/\/localhost:(\d+)/);
    return `http://127.0.0.1:${port}`;
  }

  /** Where operators reach it, which needs an ADMIN_TOKEN. Rejects when it ends instead. */
  async adminUrl(): Promise<string> {
    const [, port] = await this.printed(/Operators reach it at port (\d+)/);
    return `http://127.0.0.1:${port}`;
  }
}
