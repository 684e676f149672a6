import { type SqlSession, statement } from '../../db/sql.ts';
import { type Message, RefusedError } from '../capabilities.ts';
import { toPieces } from '../common/pieces.ts';
import { CHANNEL } from './wake-ups.ts';

/** The messages of one call of `publish`. */
export interface Call {
  topic: string;
  messages: readonly Message[];
}

type Row = Message & { readonly topic: string };

/** Of one statement. */
const LIMITS = { maxItems: 500, maxBytes: 4 * 1024 ** 2 };
const MAX_MESSAGE_BYTES = 16 * 1024 ** 2;
/** Postgres' limit for what stands in an index is 2,704 bytes. */
const MAX_NAME_BYTES = 1024;
/** About what a row costs in addition to its payload and metadata. */
const ROW_BYTES = 200;

const publishStatement = statement(
  'broker_publish',
  // The lock on the head comes first. `clock_timestamp()` is read while it is held, so times grow with
  // numbers.
  `WITH head AS (
     UPDATE broker_head SET last_seq = last_seq + cardinality($1::text[]), last_byte = last_byte + $8
     RETURNING last_seq - cardinality($1::text[]) AS seq, last_byte - $8::bigint AS byte
   ), stored AS (
     INSERT INTO broker_messages (seq, topic, id, key, metadata, payload, published_at, end_byte)
     SELECT head.seq + m.place, m.topic, m.id, m.key, m.metadata, substring($5::bytea FROM m.start FOR m.length),
       clock_timestamp(), head.byte + m.end_byte
     FROM head, unnest($1::text[], $2::text[], $3::text[], $4::json[], $6::int[], $7::int[], $9::bigint[])
       WITH ORDINALITY AS m(topic, id, key, metadata, start, length, end_byte, place)
     ORDER BY m.place
     ON CONFLICT (topic, id) DO NOTHING
   )
   SELECT pg_notify('${CHANNEL}', topic) FROM (SELECT DISTINCT unnest($1::text[]) AS topic) AS topics`,
);

/**
 * Stores the messages in the order given, those whose id is known already excepted, in statements of a
 * bounded size. Other publishers wait until the transaction ends. Rejects when one statement fails: those
 * before it may be stored.
 */
export async function storeMessages(session: SqlSession, calls: readonly Call[]): Promise<void> {
  const rows = calls.flatMap(({ topic, messages }) => messages.map((message) => ({ topic, ...message })));
  for (const piece of toPieces(rows, ({ payload }) => payload.length, LIMITS))
    await storeRows(session, piece);
}

async function storeRows(session: SqlSession, rows: readonly Row[]): Promise<void> {
  const metadata = rows.map((row) => JSON.stringify(row.metadata));
  const starts: number[] = [];
  const endBytes: number[] = [];
  let start = 1;
  let bytes = 0;
  for (const [i, { payload }] of rows.entries()) {
    starts.push(start);
    start += payload.length;
    bytes += payload.length + (metadata[i]?.length ?? 0) + ROW_BYTES;
    endBytes.push(bytes);
  }
  await session.run(publishStatement, [
    rows.map(({ topic }) => topic),
    rows.map(({ id }) => id),
    rows.map(({ key }) => key ?? null),
    metadata,
    // All payloads as one parameter: an array of them would be sent as text, twice as long.
    Buffer.concat(rows.map(({ payload }) => payload)),
    starts,
    rows.map(({ payload }) => payload.length),
    bytes,
    endBytes,
  ]);
}

/** Throws `RefusedError` for a message that the database cannot store. */
export function assertStorable({ topic, messages }: Call): void {
  assertName('topic', topic);
  for (const { id, key = '', payload } of messages) {
    assertName('id', id);
    assertName('key', key);
    if (payload.length > MAX_MESSAGE_BYTES) {
      throw new RefusedError(`message ${id} has ${payload.length} bytes, more than ${MAX_MESSAGE_BYTES}`);
    }
  }
}

function assertName(kind: string, name: string): void {
  if (name.includes('\0')) throw new RefusedError(`the ${kind} contains a NUL character`);
  const size = Buffer.byteLength(name);
  if (size > MAX_NAME_BYTES)
    throw new RefusedError(`the ${kind} has ${size} bytes, more than ${MAX_NAME_BYTES}`);
}
