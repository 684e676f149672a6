import { describe, expect, it } from 'vitest';
import type { Broker, Follower, Log } from './capabilities.ts';
import { consumeContract, groupContract } from './contract/consume.contract.ts';
import { deadLettersContract } from './contract/dead-letters.contract.ts';
import { eraseContract } from './contract/erase.contract.ts';
import { followContract } from './contract/follow.contract.ts';
import { lagContract } from './contract/lag.contract.ts';
import { logContract } from './contract/log.contract.ts';
import { publishContract } from './contract/publish.contract.ts';
import { settlingContract } from './contract/settling.contract.ts';

/** Why a broker lacks a feature. Its tests are not run. */
export interface Lack {
  lacks: string;
  /** Its tests are run all the same, and must fail: for those that fail without waiting. */
  fails?: true;
}

/** The table of features of a broker. */
export interface Features {
  /** `Consumer`. */
  consumer: true | Lack;
  /** Messages are kept for any number of groups, whose members share them. */
  groups: true | Lack;
  /** A new group begins with the oldest message kept, not with the next that is published. */
  backlog: true | Lack;
  /** Any number of members share a topic, also messages of one key or without keys. */
  sharedTopics: true | Lack;
  /** Messages with the same key reach a group in the order of publishing. */
  keyOrder: true | Lack;
  /** Deliveries are counted. */
  attempts: true | Lack;
  /** A nack is for one message of a batch, with a delay. */
  delayedNack: true | Lack;
  /** An id is stored once. */
  dedupe: true | Lack;
  /** Metadata with any names and values. */
  metadata: true | Lack;
  follower: true | Lack;
  log: true | Lack;
  /** `Log.positionAt`. */
  replaySince: true | Lack;
  /** `SequencedLog`: one growing number over the topics. */
  totalOrder: true | Lack;
  /** `LagReader`. */
  lag: true | Lack;
  deadLetters: true | Lack;
  eraser: true | Lack;
  /** Messages and the progress of groups outlive the broker object. */
  persistence: true | Lack;
}

/** A broker with all of them. */
export const ALL_FEATURES: Features = {
  consumer: true,
  groups: true,
  backlog: true,
  sharedTopics: true,
  keyOrder: true,
  attempts: true,
  delayedNack: true,
  dedupe: true,
  metadata: true,
  follower: true,
  log: true,
  replaySince: true,
  totalOrder: true,
  lag: true,
  deadLetters: true,
  eraser: true,
  persistence: true,
};

type Feature = keyof Features;

/** What a broker without the feature must not have. */
const MEMBERS: Partial<Record<Feature, keyof Broker>> = {
  consumer: 'consume',
  follower: 'follow',
  log: 'read',
  replaySince: 'positionAt',
  totalOrder: 'history',
  lag: 'lag',
  deadLetters: 'deadLetters',
  eraser: 'erase',
};

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
  /** Used by no other test. Each two have one order, where the broker has it. */
  topics: string[];
  /**
   * A ready broker with these topics, as another process would open it; the same one where processes cannot
   * share.
   */
  open(): Promise<Partial<Omit<Broker, 'follow' | 'read'> & Follower & Log>>;
  /** Closes every opened broker and deletes what it stored. */
  close(): Promise<void>;
}

/** What the body of one test works with. */
export interface Case {
  /** Of what a broker may lack, a test uses no more than it needs. */
  broker: Broker;
  open(): Promise<Broker>;
  topic: string;
  otherTopic: string;
  /** How many copies of the test run on this broker. */
  copies: number;
}

export interface TestOptions {
  needs?: readonly Feature[];
  limits?: Partial<BrokerLimits>;
  /** Not as several copies at the same time. */
  alone?: boolean;
}

export type Test = (name: string, body: (the: Case) => Promise<void>, options?: TestOptions) => void;

export const LARGE_MESSAGE_BYTES = 2048;
/** Some tests store thousands of messages, also in PGlite while other tests use the processor. */
const TIMEOUT_MS = 60_000;
export const LIMITS: BrokerLimits = { handlerTimeoutMs: 1000, keepMessages: 4000, keepDeadLetters: 5000 };

/**
 * The promises of the capabilities, as far as a broker has them. Each test runs once alone and once as four
 * concurrent copies on the same broker, like the suite that all Pub/Sub implementations of Watermill
 * (github.com/ThreeDotsLabs/watermill) pass.
 */
export function brokerContract(
  features: Features,
  setUp: (topicCount: number, limits: BrokerLimits) => Promise<BrokerFixture>,
): void {
  const lacked = Object.entries(features).filter(([, feature]) => feature !== true) as [Feature, Lack][];
  for (const [feature, { lacks }] of lacked) {
    const memberName = MEMBERS[feature];
    it(`lacks ${feature}: ${lacks}`, async () => {
      const { open, close } = await setUp(2, LIMITS);
      try {
        if (memberName) expect(await open()).not.toHaveProperty(memberName);
      } finally {
        await close();
      }
    });
  }

  describe.each([{ copies: 1 }, { copies: 4 }])('$copies concurrently', ({ copies }) => {
    async function run(body: (the: Case) => Promise<void>, limits?: Partial<BrokerLimits>): Promise<void> {
      const fixture = await setUp(2 * copies, { ...LIMITS, ...limits });
      // The table of features lists what it has.
      const open = async () => (await fixture.open()) as Broker;
      try {
        const broker = await open();
        const cases = Array.from({ length: copies }, (_, index) => ({
          broker,
          open,
          copies,
          topic: String(fixture.topics[2 * index]),
          otherTopic: String(fixture.topics[2 * index + 1]),
        }));
        await Promise.all(cases.map(body));
      } finally {
        await fixture.close();
      }
    }

    const needing =
      (common: readonly Feature[]): Test =>
      (name, body, { needs = [], limits, alone = false } = {}) => {
        if (alone && copies > 1) return;
        const missing = lacked.filter(([feature]) => [...common, ...needs].includes(feature));
        if (missing.length === 0) it(name, () => run(body, limits), TIMEOUT_MS);
        // When the implementation learns to keep the promise, this fails, and the declaration has to go.
        else if (missing.every(([, { fails }]) => fails)) it.fails(`not: ${name}`, () => run(body, limits));
      };

    const section = (name: string, tests: (test: Test) => void, ...common: Feature[]) => {
      if (!lacked.some(([feature]) => common.includes(feature))) describe(name, () => tests(needing(common)));
    };
    section('publishing', publishContract);
    section('a consumer', consumeContract, 'consumer');
    section('a group', groupContract, 'groups');
    section('settling', settlingContract, 'groups');
    section('a follower', followContract, 'follower');
    section('the log', logContract, 'log');
    section('the lag', lagContract, 'groups', 'lag');
    section('dead letters', deadLettersContract, 'groups', 'deadLetters');
    section('erasing', eraseContract, 'eraser', 'log');
  });
}
