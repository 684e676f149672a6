import { parseArgs } from 'node:util';
import { unescapeHtml } from '@meower/shared/meow/meow-body.ts';
import type { BanJson, ReportedMeowJson } from '@meower/shared/meow/moderation.ts';
import { StartError } from '@meower/shared/process/start-error.ts';

const USAGE = 'usage: moderate list | delete ID… | ban ID [--days N] | unban ID | dismiss ID';

interface OperatorOptions {
  /** The port for operators. */
  url: string;
  token: string;
  print(text: string): void;
  signal: AbortSignal;
}

/**
 * Lists reported meows and bans, or carries out a decision, on the port for operators of a running service.
 * Rejects with `StartError`.
 */
export async function moderate(
  args: readonly string[],
  { url, token, print, signal }: OperatorOptions,
): Promise<void> {
  const { command, ids, days } = parse(args);
  const [id] = ids;

  async function ask<T>(method: string, path: string): Promise<T> {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${url}${path}`, { method, headers, signal }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new StartError(`No service answers at ${url}: is ADMIN_TOKEN set there, too?`, { cause });
    });
    const text = await response.text();
    // What `serveAdminApi` answers.
    const answer = text === '' ? undefined : JSON.parse(text);
    if (!response.ok) throw new StartError(`${id ? `${id}: ` : ''}${answer?.error ?? response.status}`);
    return answer;
  }

  switch (command) {
    case 'list':
      for (const meow of await ask<ReportedMeowJson[]>('GET', '/reports')) print(describe(meow));
      for (const ban of await ask<BanJson[]>('GET', '/bans'))
        print(`banned until ${ban.ends_at}: ${ban.id}\n`);
      break;
    case 'delete':
      for (const each of ids) {
        await ask('DELETE', `/meows/${each}`);
        print(`deleted: ${each}\n`);
      }
      break;
    case 'ban': {
      const { ends_at } = await ask<BanJson>(
        'PUT',
        `/bans/${id}${days === undefined ? '' : `?days=${days}`}`,
      );
      print(`The address that posted ${id} may not post until ${ends_at}.\n`);
      break;
    }
    case 'unban':
      await ask('DELETE', `/bans/${id}`);
      print(`no longer banned: ${id}\n`);
      break;
    case 'dismiss':
      await ask('DELETE', `/reports/${id}`);
      print(`dismissed: ${id}\n`);
  }
}

function describe({ id, created_at, body, reasons, comments }: ReportedMeowJson): string {
  const counts = Object.entries(Object.groupBy(reasons, (reason) => reason));
  const summary = counts.map(([reason, all]) => `${reason} ${all?.length}`).join(', ');
  // Each text on one line.
  const lines = [unescapeHtml(body), ...comments.map((comment) => `> ${comment}`)];
  return `${id}  ${created_at}  ${summary}\n${lines.map((line) => `  ${line.replaceAll(/\s+/g, ' ')}\n`).join('')}`;
}

function parse(args: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { days: { type: 'string' } },
    });
    const [command = '', ...ids] = positionals;
    const isComplete = command === 'list' ? ids.length === 0 : ids.length === 1 || command === 'delete';
    if (isComplete && /^(list|delete|ban|unban|dismiss)$/.test(command)) return { command, ids, ...values };
  } catch (cause) {
    throw new StartError(USAGE, { cause });
  }
  throw new StartError(USAGE);
}
