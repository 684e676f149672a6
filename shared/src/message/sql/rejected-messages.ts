import { createBatcher } from '../../async/batcher.ts';
import { type SqlSession, statement } from '../../db/sql.ts';
import { createDeadLetterAlarm } from '../common/dead-letter-alarm.ts';
import { MAX_ACK_PENDING } from '../common/defaults.ts';
import type { Claimed } from './claim.ts';
import type { SqlBrokerSettings } from './settings.ts';

export interface Rejection extends Claimed {
  group: string;
  reason: string;
}

const store = statement<{ group_name: string; seq: number }>(
  'broker_add_dead_letters',
  `INSERT INTO broker_dead_letters (group_name, seq, reason, attempts)
   SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::int[])
   LIMIT greatest(0, $5 - (SELECT count(*) FROM broker_dead_letters))
   ON CONFLICT (group_name, seq) DO UPDATE SET reason = excluded.reason, attempts = excluded.attempts
   RETURNING group_name, seq::float8 AS seq`,
);

/** Resolves to whether the dead letter is stored; logs it when not. Never rejects. */
export type StoreRejected = (rejection: Rejection) => Promise<boolean>;

/** Stores dead letters, those of many rejections together. */
export function createStoreRejected(
  db: SqlSession,
  { logger, maxDeadLetters }: SqlBrokerSettings,
): StoreRejected {
  const watch = createDeadLetterAlarm(logger);
  const batcher = createBatcher<Rejection, boolean>(
    async (rejections) => {
      // One row each: the same message may be rejected twice, by a member that has lost its lease and
      // another.
      const byMessage = new Map(rejections.map((one) => [nameOf(one.group, one.message.seq), one]));
      const unique = [...byMessage.values()];
      const rows = await db.run(store, [
        unique.map(({ group }) => group),
        unique.map(({ message }) => message.seq),
        unique.map(({ reason }) => reason.replaceAll('\0', '\ufffd')),
        unique.map(({ attempt }) => attempt),
        maxDeadLetters,
      ]);
      const stored = new Set(rows.map(({ group_name, seq }) => nameOf(group_name, seq)));
      return rejections.map(({ group, message }) => stored.has(nameOf(group, message.seq)));
    },
    { maxBatch: 500, concurrency: 1, maxWaiting: 10 * MAX_ACK_PENDING },
  );
  return (rejection) =>
    watch(async () => {
      if (!(await batcher.add(rejection))) throw new Error('the store of dead letters is full');
    });
}

function nameOf(group: string, seq: number): string {
  return `${seq} ${group}`;
}
