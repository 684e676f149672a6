import { expect, test } from 'vitest';
import { createLogger } from '../../../process/logger.ts';
import { RefusedError } from '../../capabilities.ts';
import { UnavailableError } from '../failure.ts';
import type { Handle } from '../handler.ts';
import { incoming } from '../testing/samples.ts';
import { logging } from './logging.ts';
import { type HandledReport, metrics } from './metrics.ts';

const { signal } = new AbortController();
const outcomes: [outcome: string, handle: Handle][] = [
  ['handled', async () => []],
  ['failed', async () => Promise.reject(new Error('x'))],
  ['refused', async () => Promise.reject(new RefusedError('x'))],
  ['unavailable', async () => Promise.reject(new UnavailableError('x'))],
];

test.each(outcomes)('metrics report a message that is %s with its duration', async (outcome, handle) => {
  const reports: HandledReport[] = [];
  const measured = metrics({ onHandled: (report) => reports.push(report) })(handle, { name: 'h' });
  await measured(incoming('1'), signal).catch(() => {});
  expect(reports).toEqual([{ handler: 'h', outcome, durationMs: expect.any(Number) }]);
});

test.each(outcomes)('logging has a line at debug for a message that is %s', async (outcome, handle) => {
  const lines: unknown[] = [];
  const logger = createLogger('test', 'debug', { write: (line) => lines.push(JSON.parse(line)) });
  const logged = logging(logger)(handle, { name: 'h' });
  await logged(incoming('1', 'a', { 'x-request-id': 'r' }), signal).catch(() => {});
  expect(lines).toMatchObject([
    { level: 20, handler: 'h', outcome, topic: 'topic', id: '1', key: 'a', requestId: 'r' },
  ]);
});
