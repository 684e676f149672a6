import { type NatsContext, streamOf } from './context.ts';
import type { NatsDeadLetters } from './dead-letters.ts';
import { numberAt, readPages, removeMessage } from './reader.ts';

const PAGE = 1000;

/** Removes messages from a stream and from the dead letters. */
export async function eraseMessages(
  context: NatsContext,
  deadLetters: NatsDeadLetters,
  topic: string,
  ids: ReadonlySet<string>,
  since: Date,
): Promise<number> {
  const stream = streamOf(context, [topic]);
  let erased = 0;
  for await (const page of readPages(context, stream, await numberAt(context, stream, since), PAGE)) {
    for (const { message, streamSeq } of page) {
      if (message.topic !== topic || !ids.has(message.id)) continue;
      if (await removeMessage(context, stream, streamSeq)) erased++;
    }
  }
  return erased + (await deadLetters.erase(topic, ids, since));
}
