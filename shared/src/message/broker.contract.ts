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

/** What the suite asks for, so that its tests are quick. */
export interface BrokerNeeds {
  /** That many, used by nobody else. */
  topics: number;
  /** How long a handler may run. */
  handlerTimeoutMs: number;
  /** Messages of `CUT_MESSAGE_BYTES` kept in a topic, about. */
  keepMessages: number;
}

export interface BrokerParts {
  topics: string[];
  /** A broker on these parts, ready, as another process would open it; the same one where processes cannot share. */
  open(): Promise<Broker>;
  /** Closes all that was opened and removes what it left. */
  close(): Promise<void>;
}

/** What one test works with. */
export interface Case {
  broker: Broker;
  open(): Promise<Broker>;
  topic: string;
  otherTopic: string;
}

export type Test = (name: string, body: (the: Case) => Promise<void>, needs?: keyof Supports) => void;

export const HANDLER_TIMEOUT_MS = 1000;
export const CUT_MESSAGE_BYTES = 2048;
export const KEEP_MESSAGES = 4000;

/**
 * The promises of `Broker`, each test alone and four times at once on the same broker. In the manner of the suite that all Pub/Sub
 * implementations of Watermill (github.com/ThreeDotsLabs/watermill) pass.
 */
export function brokerContract(
  supports: Supports,
  setUp: (needs: BrokerNeeds) => Promise<BrokerParts>,
): void {
  describe.each([{ atOnce: 1 }, { atOnce: 4 }])('$atOnce at once', ({ atOnce }) => {
    async function run(body: (the: Case) => Promise<void>): Promise<void> {
      const { topics, open, close } = await setUp({
        topics: 2 * atOnce,
        handlerTimeoutMs: HANDLER_TIMEOUT_MS,
        keepMessages: KEEP_MESSAGES,
      });
      const broker = await open();
      try {
        const cases = Array.from({ length: atOnce }, (_, index) => ({
          broker,
          open,
          topic: String(topics[2 * index]),
          otherTopic: String(topics[2 * index + 1]),
        }));
        await Promise.all(cases.map(body));
      } finally {
        await close();
      }
    }

    const test: Test = (name, body, needs) => {
      const reason = needs ? supports[needs] : true;
      if (reason === true) it(name, () => run(body));
      // A difference is a fact too: on the day that the promise is kept, this fails and the declaration goes.
      else it.fails(`${name} (not here: ${reason})`, () => run(body));
    };

    describe('publishing', () => publishContract(test));
    describe('a group', () => consumeContract(test));
    describe('settling', () => settlingContract(test));
    describe('a follower', () => followContract(test));
    describe('the history', () => historyContract(test));
    describe('dead letters', () => deadLettersContract(test));
  });
}
