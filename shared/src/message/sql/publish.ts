import { type SqlSession, statement } from '../../db/sql.ts';
import { type Message, RefusedError } from '../capabilities.ts';
import { CHANNEL } from './wake-ups.ts';

/** Messages of one topic that are stored together. */
export interface Piece {
  topic: string;
  messages: readonly Message[];
}

const PIECE_MESSAGES = 500;
const PIECE_BYTES = 4 * 1024 ** 2;
const MAX_MESSAGE_BYTES = 16 * 1024 ** 2;
/** Postgres' limit for what stands in an index is 2,704 bytes. */
const MAX_NAME_BYTES = 1024;
/** What a row costs besides its payload and metadata, about. */
const ROW_BYTES = 200;

const publishStatement = statement(
  'broker_publish',
  // The lock on the head comes first. `clock_timestamp()` is read while it is held, so times grow with numbers.
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

/** Stores the messages in the order given, those whose id is known already excepted. Other publishers wait until the transaction ends. */
export async function storeMessages(session: SqlSession, pieces: readonly Piece[]): Promise<void> {
  const rows = pieces.flatMap(({ topic, messages }) => messages.map((message) => ({ topic, ...message })));
  if (rows.length === 0) return;
  let start = 1;
  const starts = rows.map(({ payload }) => {
    const own = start;
    start += payload.length;
    return own;
  });
  let bytes = 0;
  const metadata = rows.map((row) => JSON.stringify(row.metadata));
  const endBytes = rows.map(({ payload }, i) => {
    bytes += payload.length + (metadata[i]?.length ?? 0) + ROW_BYTES;
    return bytes;
  });
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

/** Stores pieces in their order, in few statements of a bounded size. Rejects when one fails: those before it may be stored. */
export async function storePieces(session: SqlSession, pieces: readonly Piece[]): Promise<void> {
  let next: Piece[] = [];
  let messages = 0;
  let bytes = 0;
  for (const piece of pieces) {
    next.push(piece);
    messages += piece.messages.length;
    for (const { payload } of piece.messages) bytes += payload.length;
    if (messages < PIECE_MESSAGES && bytes < PIECE_BYTES) continue;
    await storeMessages(session, next);
    next = [];
    messages = 0;
    bytes = 0;
  }
  await storeMessages(session, next);
}

/** In pieces that keep a statement small. Throws `RefusedError` for a message that the database cannot store. */
export function toPieces(topic: string, messages: readonly Message[]): Piece[] {
  assertName('topic', topic);
  const pieces: Piece[] = [];
  let piece: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = message.payload.length;
    assertName('id', message.id);
    if (message.key !== undefined) assertName('key', message.key);
    if (size > MAX_MESSAGE_BYTES) {
      throw new RefusedError(`message ${message.id} has ${size} bytes, more than ${MAX_MESSAGE_BYTES}`);
    }
    if (piece.length === 0 || piece.length >= PIECE_MESSAGES || bytes + size > PIECE_BYTES) {
      piece = [];
      bytes = 0;
      pieces.push({ topic, messages: piece });
    }
    piece.push(message);
    bytes += size;
  }
  return pieces;
}

function assertName(kind: string, name: string): void {
  if (name.includes('\0')) throw new RefusedError(`the ${kind} contains a NUL character`);
  const size = Buffer.byteLength(name);
  if (size > MAX_NAME_BYTES)
    throw new RefusedError(`the ${kind} has ${size} bytes, more than ${MAX_NAME_BYTES}`);
}
