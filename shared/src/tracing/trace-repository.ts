import { ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { MeowRepository, MeowToInsert } from '../db/meow-repository.ts';
import { meowCreated, meowDeleted } from '../event/meow-events.ts';
import type { Metadata } from '../message/capabilities.ts';
import { contextOf, isUnsampled, metadataWith, runBatch, startBatchSpan, startChild } from './spans.ts';

const DATABASE = { 'db.system.name': 'postgresql', 'db.collection.name': 'meows' };

/**
 * The same repository, with spans for the creation of events and for the statements that store them. An event gets
 * the span of its creation as its place in the trace, and keeps it in the outbox.
 */
export function traceRepository(repository: MeowRepository): MeowRepository {
  const insertMeows: MeowRepository['insertMeows'] = async (entries, options) => {
    if (entries.every(({ headers }) => isUnsampled(headers))) return repository.insertMeows(entries, options);
    const created = entries.map(startCreation);
    const statement = startStatement('INSERT', created);
    if (created.length > 1) for (const span of created) span.addLink({ context: statement.spanContext() });
    const traced = entries.map((entry, i) => withHeaders(entry, created[i]));
    return runBatch({ batch: statement, members: created }, async () => {
      const inserted = await repository.insertMeows(traced, options);
      inserted.forEach(({ event }, i) => {
        if (!event) created[i]?.setAttribute('meower.duplicate', true);
      });
      return inserted;
    });
  };
  return {
    ...repository,
    insertMeows,
    async insertMeow(meow, headers = {}) {
      await insertMeows([{ meow, headers }]);
    },
    deleteMeows(ids, headers = {}) {
      const span = startCreate(meowDeleted.name, headers, { 'messaging.batch.message_count': ids.length });
      const spans = { batch: startStatement('DELETE', [span]), members: [span] };
      return runBatch(spans, () => repository.deleteMeows(ids, metadataWith(headers, span)));
    },
  };
}

function startCreation({ meow, headers }: MeowToInsert): Span {
  return startCreate(meowCreated.name, headers, { 'messaging.message.id': meow.id });
}

function startCreate(topic: string, headers: Metadata, more: Record<string, string | number>): Span {
  const attributes = () => ({
    'messaging.destination.name': topic,
    'messaging.operation.name': 'create',
    'messaging.operation.type': 'create',
    ...more,
  });
  return startChild({ name: `create ${topic}`, kind: SpanKind.PRODUCER, attributes }, contextOf(headers));
}

function startStatement(operation: string, created: readonly Span[]): Span {
  const attributes = () => ({ ...DATABASE, 'db.operation.name': operation });
  return startBatchSpan(
    { name: `${operation} meows`, kind: SpanKind.CLIENT, attributes },
    created.map((span) => trace.setSpan(ROOT_CONTEXT, span)),
  );
}

function withHeaders(entry: MeowToInsert, span: Span | undefined): MeowToInsert {
  return span && !isUnsampled(entry.headers)
    ? { ...entry, headers: metadataWith(entry.headers, span) }
    : entry;
}
