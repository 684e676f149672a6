import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { StoredMessage } from '../message/capabilities.ts';
import { createLogger } from '../process/logger.ts';
import { createEventLog, logEvents } from './event-log.ts';

const eventOf = (n: number): StoredMessage => ({
  id: `m${n}`,
  topic: 'meow.created',
  position: String(n),
  key: `m${n}`,
  payload: new Uint8Array(),
  publishedAt: new Date(0),
  metadata: { 'x-request-id': `r${n}` },
});
const events = Array.from({ length: 30 }, (_, n) => eventOf(n + 1));

function createSubject(level: string) {
  const lines: Record<string, unknown>[] = [];
  return { lines, logger: createLogger('test', level, { write: (line) => lines.push(JSON.parse(line)) }) };
}

test('a batch is one line, with its positions and request ids', () => {
  const { lines, logger } = createSubject('info');
  logEvents(logger, events.slice(0, 2), 'indexed');
  logEvents(logger, events, 'indexed');
  logEvents(logger, [], 'indexed');
  expect(lines).toMatchObject([
    { msg: 'indexed', events: 2, from: '1', to: '2', requestIds: ['r1', 'r2'] },
    { events: 30, from: '1', to: '30' },
  ]);
  expect(lines[1]?.requestIds).toHaveLength(20);
});

test('at debug each event has a line, and those of one turn of the event loop are one batch', async () => {
  const { lines, logger } = createSubject('debug');
  const log = createEventLog(logger, 'pushed');
  for (const event of events) log(event);
  await setImmediate();
  await setImmediate();
  expect(lines).toHaveLength(31);
  expect(lines[6]).toMatchObject({
    msg: 'pushed',
    topic: 'meow.created',
    position: '7',
    id: 'm7',
    requestId: 'r7',
  });
  expect(lines.at(-1)).toMatchObject({ events: 30 });
});
