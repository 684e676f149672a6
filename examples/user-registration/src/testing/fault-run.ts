import { fileURLToPath } from 'node:url';
import { sleep } from '@meower/shared/async/sleep.ts';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { ProgramProcess } from '@meower/shared/testing/program-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import { MailServer } from './mail-server.ts';

export interface FaultPlan {
  env?: Record<string, string>;
  /** Each process runs until it has died; the last one stays. */
  lives: readonly { DIE_IN?: string; DIE_AFTER?: string; BUG?: string }[];
  /** What else happens while the clients register users. */
  disturb?(mailServer: MailServer): Promise<void>;
}

export interface FaultReport {
  registered: number;
  deaths: number;
  /** Mails that were sent again because their confirmation was lost. */
  repeatedMails: number;
  /** What was promised and did not happen. */
  violations: string[];
}

const MAIN = fileURLToPath(new URL('./faulty-program.ts', import.meta.url));
const CLIENTS = 4;
const USERS_OF_CLIENT = 10;
const ANSWER_MS = 5000;
const RECOVERY_MS = 90_000;

/**
 * Registers users while processes die and servers are unavailable, waits for the recovery, and checks what is
 * promised.
 */
export async function runWithFaults({ env = {}, lives, disturb }: FaultPlan): Promise<FaultReport> {
  await using folder = await temporaryFolder();
  await using mailServer = new MailServer();
  await mailServer.start();
  const port = await freePorts(4);
  const [users, points] = [port, port + 1].map((each) => `http://127.0.0.1:${each}/v1`);
  const common = {
    PORT: String(port),
    DATA_DIR: folder.path,
    BCRYPT_COST: '4',
    SMTP_URL: mailServer.url,
    ...env,
  };

  const last = Promise.withResolvers<ProgramProcess>();
  const living = (async () => {
    for (const [i, life] of lives.entries()) {
      const system = new ProgramProcess(MAIN, { ...common, ...life });
      if (i === lives.length - 1) {
        await system.printed(/^running$/m);
        return last.resolve(system);
      }
      // Perhaps before it has started completely, by what the one before has left.
      const { signal, stderr } = await system.ended;
      if (signal !== 'SIGKILL') throw new Error(`ended before it should die: ${stderr}`);
    }
  })();
  living.catch(last.reject);
  const failure = new Promise<never>((_, reject) => void living.catch(reject));

  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    const ids = Array.from({ length: USERS_OF_CLIENT }, (_, i) => `user-${client}-${i}`);
    for (const id of ids) await register(`${users}/users`, id);
    return ids;
  });
  const registering = Promise.all(clients).then((all) => all.flat());
  const [ids] = await Promise.race([Promise.all([registering, disturb?.(mailServer)]), failure]);
  await using _system = await last.promise;

  const pointsOf = async (id: string) => {
    const response = await fetch(`${points}/points/${id}`);
    return response.ok ? ((await response.json()) as { points: number }).points : 0;
  };
  const isMissing = async (id: string) =>
    mailServer.to(`${id}@example.com`).length === 0 || (await pointsOf(id)) === 0;
  // What is still missing after the recovery is a violation below.
  await waitUntil(
    async () => ((await Promise.all(ids.map(isMissing))).includes(true) ? 'something is missing' : undefined),
    { timeoutMs: RECOVERY_MS },
  ).catch(() => undefined);

  const violations: string[] = [];
  for (const id of ids) {
    const mails = mailServer.to(`${id}@example.com`);
    const messageIds = new Set(mails.map(({ messageId }) => messageId));
    const booked = await pointsOf(id);
    if ((await fetch(`${users}/users/${id}`)).status !== 200) violations.push(`${id} is lost`);
    if (messageIds.size !== 1) violations.push(`${id} got mails with ${messageIds.size} Message-IDs`);
    if (booked !== 100) violations.push(`${id} has ${booked} points`);
  }
  return {
    registered: ids.length,
    deaths: lives.length - 1,
    repeatedMails: mailServer.mails.length - ids.length,
    violations,
  };
}

/** As the client command: the same request until it is answered. */
async function register(url: string, id: string): Promise<void> {
  const body = JSON.stringify({ id, name: id, email: `${id}@example.com`, password: `password of ${id}` });
  await waitUntil(
    async () => {
      const response = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(ANSWER_MS) });
      return response.status === 201 ? undefined : `${response.status}: ${await response.text()}`;
    },
    { timeoutMs: RECOVERY_MS, intervalMs: 50 },
  );
  await sleep(10);
}
