import { describe, it } from 'vitest';
import type { Broker } from './broker.ts';
import { consumeContract } from './contract/consume.contract.ts';
import { deadLettersContract } from './contract/dead-letters.contract.ts';
import { followContract } from './contract/follow.contract.ts';
import { historyContract } from './contract/history.contract.ts';
import { publishContract } from './contract/publish.contract.ts';
import { settlingContract } from './contract/settling.contract.ts';

/** What an implementation may lack: `true`, or the reason why it does not apply. */
export interface Supports {
  /** Messages and the progress of groups outlive the broker object. */
  persistence: true | string;
}

/** Small limits, which keep the tests quick. */
export interface BrokerLimits {
  /** How long a handler may run. */
  handlerTimeoutMs: number;
  /** Messages of `LARGE_MESSAGE_BYTES` kept in a topic, about. */
  keepMessages: number;
  /** Dead letters of `LARGE_MESSAGE_BYTES` kept, about. */
  keepDeadLetters: number;
}

export interface BrokerFixture {
  /** Used by no other test. */
  topics: string[];
  /**
   * A ready broker with these topics, as another process would open it; the same one where processes cannot
   * share.
   */
  open(): Promise<Broker>;
  /** Closes every opened broker and deletes what it stored. */
  close(): Promise<void>;
}

/** What the body of one test works with. */
export interface Case {
  broker: Broker;
  open(): Promise<Broker>;
  topic: string;
  otherTopic: string;
  /** How many copies of the test run on this broker. */
  copies: number;
}

export interface TestOptions {
  needs?: keyof Supports;
  limits?: Partial<BrokerLimits>;
}

export type Test = (name: string, body: (the: Case) => Promise<void>, options?: TestOptions) => void;

export const LARGE_MESSAGE_BYTES = 2048;
export const LIMITS: BrokerLimits = { handlerTimeoutMs: 1000, keepMessages: 4000, keepDeadLetters: 5000 };

/**
 * The promises of `Broker`. Each test runs once alone and once as four concurrent copies on the same broker,
 * like the suite that all Pub/Sub implementations of Watermill (github.com/ThreeDotsLabs/watermill) pass.
 */
export function brokerContract(
  supports: Supports,
  setUp: (topicCount: number, limits: BrokerLimits) => Promise<BrokerFixture>,
): void {
  describe.each([{ copies: 1 }, { copies: 4 }])('$copies concurrently', ({ copies }) => {
    async function run(body: (the: Case) => Promise<void>, limits?: Partial<BrokerLimits>): Promise<void> {
      const { topics, open, close } = await setUp(2 * copies, { ...LIMITS, ...limits });
      const broker = await open();
      try {
        const cases = Array.from({ length: copies }, (_, index) => ({
          broker,
          open,
          copies,
          topic: String(topics[2 * index]),
          otherTopic: String(topics[2 * index + 1]),
        }));
        await Promise.all(cases.map(body));
      } finally {
        await close();
      }
    }

    const test: Test = (name, body, { needs, limits } = {}) => {
      const reason = needs ? supports[needs] : true;
      if (reason === true) it(name, () => run(body, limits));
      // When the implementation learns to keep the promise, this fails, and the declaration has to go.
      else it.fails(`${name} (not here: ${reason})`, () => run(body, limits));
    };

    describe('publishing', () => publishContract(test));
    describe('a group', () => consumeContract(test));
    describe('settling', () => settlingContract(test));
    describe('a follower', () => followContract(test));
    describe('the history', () => historyContract(test));
    describe('dead letters', () => deadLettersContract(test));
  });
}
