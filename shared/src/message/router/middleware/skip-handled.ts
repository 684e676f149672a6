import { type SqlSession, statement } from '../../../db/sql.ts';
import type { Middleware } from '../handler.ts';
import { RECORD } from './once.ts';

const IS_RECORDED = statement(
  'is_message_handled',
  'SELECT 1 FROM handled_messages WHERE handler = $1 AND topic = $2 AND id = $3',
);

/**
 * For an effect outside of the database, such as a mail: records each message when its handler has resolved,
 * and skips one that is recorded. A crash between the two repeats the effect. Needs `ONCE_SCHEMA`.
 */
export function skipHandled(db: SqlSession): Middleware {
  return (next, { name }) =>
    async (message, signal) => {
      const record = [name, message.topic, message.id];
      const [isHandled] = await db.run(IS_RECORDED, record);
      if (isHandled) return [];
      const outgoing = await next(message, signal);
      await db.run(RECORD, record);
      return outgoing;
    };
}
