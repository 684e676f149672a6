import type { Log, Position, StoredMessage } from '../capabilities.ts';

const PAGE = 1000;

interface LogPagesOptions {
  /** Default: the oldest message kept. */
  from?: Position | undefined;
  signal?: AbortSignal;
}

/** All that a log has of topics, oldest first, in pages. Throws the signal's reason when it aborts. */
export async function* logPages<M extends StoredMessage>(
  log: Log<M>,
  topics: readonly string[],
  { from, signal }: LogPagesOptions = {},
): AsyncGenerator<M[], void> {
  for (let position = from; ; ) {
    signal?.throwIfAborted();
    const page = await log.read(topics, position, PAGE);
    position = page.at(-1)?.position;
    if (position === undefined) return;
    yield page;
  }
}

/** All messages that a topic of a log has got since a time, oldest first. */
export async function* messagesSince<M extends StoredMessage>(
  log: Log<M>,
  topic: string,
  since: Date,
): AsyncGenerator<M, void> {
  const from = await log.positionAt([topic], since);
  for await (const page of logPages(log, [topic], { from })) yield* page;
}
