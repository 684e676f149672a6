import { expect, test, vi } from 'vitest';
import { message, messages, until } from '../contract/samples.ts';
import { createInProcessBroker } from '../in-process.ts';

test('a full store is logged once, not for each message that it refuses', async () => {
  const error = vi.fn();
  const broker = createInProcessBroker({ keepDeadLetters: 1, logger: { error } });
  const refused = new Set<string>();
  await broker.consume(['topic'], 'group', async (batch) => {
    for (const delivery of batch) if (!(await delivery.reject('bad'))) refused.add(delivery.id);
  });
  await broker.publish('topic', [message(), ...messages(20)]);
  await until(() => expect(refused.size).toBe(20));
  expect(error.mock.calls.map(([, line]) => line)).toEqual([expect.stringMatching(/^dead letters cannot/)]);
  await broker.close();
});
