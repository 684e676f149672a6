import { type NatsContext, streamOf } from './context.ts';
import type { NatsDeadLetters } from './dead-letters.ts';
import { numberAt, readStream, removeMessage } from './reader.ts';

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
  for (let after = await numberAt(context, stream, since); ; ) {
    const page = await readStream(context, stream, after, PAGE);
    for (const { message, streamSeq } of page) {
      if (message.topic !== topic || !ids.has(message.id)) continue;
      if (await removeMessage(context, stream, streamSeq)) erased++;
    }
    const last = page.at(-1);
    if (!last) break;
    after = last.message.seq;
  }
  return erased + (await deadLetters.erase(topic, ids, since));
}
