import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { expect, test } from 'vitest';
import { type ReleaseEvent, toMessage } from './events.ts';
import { formatReport, report } from './report.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + 1000 * second).toISOString();
const pushed = (id: string, second: number, repository = 'cats/meower'): ReleaseEvent => ({
  ...{ type: 'commitPushed', id, repository, message: 'm', author: 'Tom', occurred_on: at(second) },
});
const deployed = (id: string, second: number, env = 'production'): ReleaseEvent => ({
  ...{ type: 'commitDeployed', id, env, occurred_on: at(second) },
});

test('reports the time from push to production of each repository, in any order of the events', async () => {
  const log = createInProcessBroker();
  const events = [
    deployed('aaaaaaa', 10),
    pushed('aaaaaaa', 0),
    pushed('bbbbbbb', 0),
    pushed('bbbbbbb', 5),
    deployed('bbbbbbb', 30),
    deployed('bbbbbbb', 20),
    pushed('ccccccc', 0),
    deployed('ccccccc', 90),
    pushed('ddddddd', 0),
    deployed('ddddddd', 5, 'pre-production'),
    pushed('eeeeeee', 50),
    deployed('eeeeeee', 40),
    deployed('fffffff', 40),
    pushed('0000000', 0, 'cats/other'),
  ];
  await log.publish(
    'events',
    events.map((event, i) => ({ id: String(i), ...toMessage(event) })),
  );
  const repositories = await report(log, 'events', new Date(0));
  expect(repositories).toEqual([
    {
      ...{ repository: 'cats/meower', pushed: 5, neverDeployed: 1, deployedBeforePush: 1 },
      ...{ medianMs: 20_000, worstMs: 90_000 },
    },
    {
      ...{ repository: 'cats/other', pushed: 1, neverDeployed: 1, deployedBeforePush: 0 },
      ...{ medianMs: undefined, worstMs: undefined },
    },
  ]);
  expect(formatReport(new Date(0), repositories)).toBe(
    `From push to production since 1970-01-01T00:00:00.000Z
cats/meower: 5 pushed, median 20.0 s, worst 90.0 s, 1 never deployed, 1 deployed before they were pushed
cats/other: 1 pushed, median -, worst -, 1 never deployed, 0 deployed before they were pushed
`,
  );
  expect(await report(log, 'events', new Date(Date.now() + 60_000))).toEqual([]);
  await log.close();
});
