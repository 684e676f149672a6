import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { meowCreated, meowDeleted } from '@meower/shared/event/meow-events.ts';
import { creationTimeOf } from '@meower/shared/meow/meow-id.ts';
import type { DeadLetters, Log, StoredMessage } from '@meower/shared/message/capabilities.ts';
import { traceIdOf } from '@meower/shared/tracing/trace-id.ts';

interface Sources {
  repository: Pick<MeowRepository, 'findMeow' | 'findDeleted' | 'outbox'>;
  broker: Log & { readonly deadLetters: Pick<DeadLetters, 'list'> };
}

const TOPICS = [meowCreated.name, meowDeleted.name];
/** How far the clocks of the service and of the broker may differ. */
const CLOCKS_MS = 60_000;
const PAGE = 500;
/** Of the stream that are read to find the event. */
const MAX_PAGES = 40;

/** What database, outbox, stream and dead letters hold of a meow, without its text. */
export async function inspectMeow(id: string, { repository, broker }: Sources) {
  const [stored, deleted, unpublished, events, letters] = await Promise.all([
    repository.findMeow(id),
    repository.findDeleted([id]),
    Promise.all(TOPICS.map((topic) => repository.outbox.pendingKeys(topic, [id]))),
    findEvents(broker, id),
    broker.deadLetters.list(),
  ]);
  const ofMeow = letters.filter((letter) => (letter.key ?? letter.id) === id);
  return {
    database: stored ? 'stored' : deleted.has(id) ? 'deleted' : 'unknown',
    createdAt: stored?.createdAt ?? creationTimeOf(id),
    unpublished: TOPICS.filter((_, i) => unpublished[i]?.has(id)),
    events,
    deadLetters: ofMeow.map(({ position, group, reason, attempts, rejectedAt, metadata }) => ({
      ...{ position, group, reason, attempts, rejectedAt },
      traceId: traceIdOf(metadata),
    })),
  };
}

/** Its events that the stream holds, of the time when it was created. */
async function findEvents(log: Log, id: string) {
  const found: StoredMessage[] = [];
  let after = await log.positionAt(TOPICS, new Date(creationTimeOf(id).getTime() - CLOCKS_MS));
  for (let page = 0; page < MAX_PAGES; page++) {
    const messages = await log.read(TOPICS, after, PAGE);
    found.push(...messages.filter((message) => (message.key ?? message.id) === id));
    const last = messages.at(-1);
    if (!last) break;
    after = last.position;
  }
  return found.map(({ topic, position, publishedAt, metadata }) => ({
    ...{ topic, position, publishedAt },
    requestId: metadata['x-request-id'],
    traceId: traceIdOf(metadata),
  }));
}
