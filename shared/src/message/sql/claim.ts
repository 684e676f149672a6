import { randomUUID } from 'node:crypto';
import { runForRow, type SqlDatabase, type SqlSession } from '../../db/sql.ts';
import type { SequencedMessage } from '../capabilities.ts';
import { MAX_ACK_PENDING } from '../common/defaults.ts';
import { claimStatements as statements } from './claim-statements.ts';
import { toMessage } from './rows.ts';
import type { SqlBrokerSettings } from './settings.ts';

/** A message for one member, until it is settled or the lease ends. */
export interface Claimed {
  message: SequencedMessage;
  /** 1 for the first delivery. */
  attempt: number;
}

export interface Claim {
  batchId: string;
  claimed: readonly Claimed[];
  /** There is nothing else for the group now. */
  isDrained: boolean;
  /** When something becomes due by itself. */
  nextDueMs: number;
}

/** There is no batch now. */
export interface Nothing {
  claimed?: undefined;
  nextDueMs: number;
}

export interface ClaimRequest {
  group: string;
  topics: readonly string[];
  maxBatch: number;
  /** Only if there are `maxBatch` messages. */
  onlyFull: boolean;
}

/** Undoes what was taken for a batch that is not full. */
class NotFullError extends Error {}

/**
 * Takes the next batch of a group: what is due again first, then new messages. At most one member of a group
 * does it at a time.
 */
export async function claimBatch(
  db: SqlDatabase,
  request: ClaimRequest,
  settings: SqlBrokerSettings,
): Promise<Claim | Nothing> {
  const { group, topics, maxBatch, onlyFull } = request;
  let nextDueMs = Number.POSITIVE_INFINITY;
  try {
    return await db.transaction(async (session) => {
      await session.run(statements.lock, [group]);
      const state = await runForRow(session, statements.state, [group]);
      nextDueMs = state.next_due_ms ?? nextDueMs;
      if (state.expired) await session.run(statements.takeBack, [group]);
      const due = state.expired || state.retries > 0 ? await takeDue(session, request, settings) : [];
      const room = MAX_ACK_PENDING - state.retries - state.in_batches;
      const { fresh, keptAside, last, isDrained } = await readFresh(
        session,
        request,
        maxBatch - due.length,
        room,
        settings,
      );
      const claimed = [...due, ...fresh];
      if (onlyFull && claimed.length < maxBatch) throw new NotFullError();
      const passed = [group, topics, last, ...columnsOf(keptAside)];
      if (claimed.length === 0) {
        if (keptAside.length > 0) await session.run(statements.pass, passed);
        return { nextDueMs };
      }
      const batchId = randomUUID();
      const columns = columnsOf(claimed.map(({ message }) => message));
      const attempts = claimed.map(({ attempt }) => attempt);
      await session.run(statements.take, [...passed, batchId, settings.leaseMs, ...columns, attempts]);
      return { batchId, claimed, isDrained, nextDueMs };
    });
  } catch (error) {
    if (error instanceof NotFullError) return { nextDueMs };
    throw error;
  }
}

async function takeDue(
  session: SqlSession,
  { group, topics, maxBatch }: ClaimRequest,
  { logger }: SqlBrokerSettings,
): Promise<Claimed[]> {
  const rows = await session.run(statements.due, [group, topics, maxBatch]);
  return rows.flatMap((row) => {
    if (row.seq === null) logger.error({ group }, 'a message was deleted before it could be redelivered');
    return row.seq === null || row.erased ? [] : [{ message: toMessage(row), attempt: row.attempt + 1 }];
  });
}

interface Fresh {
  fresh: Claimed[];
  /** An earlier message of their key is not settled. */
  keptAside: SequencedMessage[];
  /** The newest number that was read, 0 without one. */
  last: number;
  isDrained: boolean;
}

/** Reads up to `wanted` new messages that can be delivered, and not more than `room` altogether. */
async function readFresh(
  session: SqlSession,
  { group, topics }: ClaimRequest,
  wanted: number,
  room: number,
  { logger }: SqlBrokerSettings,
): Promise<Fresh> {
  const result: Fresh = { fresh: [], keptAside: [], last: 0, isDrained: false };
  // Another member may settle the earlier message between two of these statements: its key is free for the
  // later one, but what is kept aside comes first.
  const keysAside = new Set<string | null>();
  for (;;) {
    const { fresh, keptAside } = result;
    const take = Math.min(wanted - fresh.length, room - fresh.length - keptAside.length);
    if (take <= 0) return result;
    const rows = await session.run(statements.fresh, [group, topics, take, result.last]);
    for (const row of rows) {
      if (row.is_key_busy || keysAside.has(row.key)) {
        keptAside.push(toMessage(row));
        keysAside.add(row.key);
      } else fresh.push({ message: toMessage(row), attempt: 1 });
      result.last = row.seq;
    }
    const lost = rows.find(({ after_loss }) => after_loss);
    if (lost) {
      const details = { group, topic: lost.topic, before: lost.seq };
      logger.error(details, 'messages were deleted before the group took them');
    }
    if (rows.length < take) return { ...result, isDrained: true };
  }
}

/** Numbers, topics and keys, as arrays for the statements. */
export function columnsOf(messages: readonly SequencedMessage[]): [number[], string[], (string | null)[]] {
  return [
    messages.map(({ seq }) => seq),
    messages.map(({ topic }) => topic),
    messages.map(({ key }) => key ?? null),
  ];
}
