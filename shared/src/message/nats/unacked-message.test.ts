import { headers, type Msg } from 'nats';
import { expect, test } from 'vitest';
import { createDeadLetterAlarm } from '../common/dead-letter-alarm.ts';
import type { NatsContext } from './context.ts';
import { UnackedMessage } from './unacked-message.ts';

test('extends the ack wait until the dead letter is stored, and not afterwards', async () => {
  const replies: string[] = [];
  const stored = Promise.withResolvers<void>();
  // Of the context, a message uses no more than this.
  const context = {
    settings: { deadLetters: { subject: 'dead' } },
    publisher: { publish: () => stored.promise },
    watchDeadLetter: createDeadLetterAlarm({ error: () => {} }),
    connector: {
      current: {
        nc: { isClosed: () => false, publish: (_: string, reply: string) => replies.push(`${reply}`) },
      },
    },
  } as unknown as NatsContext;
  const msg = {
    reply: '$JS.ACK.S.C.1.1.1.1.0',
    subject: 'topic',
    headers: headers(),
    data: new Uint8Array(),
  } as Msg;
  const message = new UnackedMessage(context, 'group', msg, 0);

  const rejecting = message.delivery.reject('bad');
  message.extendAckWait();
  expect(replies).toEqual(['+WPI']);
  stored.resolve();
  expect(await rejecting).toBe(true);
  message.extendAckWait();
  expect(replies).toEqual(['+WPI', '+TERM']);
});
