import { runInBackground } from '@meower/shared/async/background-task.ts';
import { createPeriodicTask } from '@meower/shared/async/periodic-task.ts';
import { retryForever } from '@meower/shared/async/retry.ts';
import { createGroupCommit } from '@meower/shared/db/group-commit.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import type { ModerationRepository } from '@meower/shared/db/moderation-repository.ts';
import { ERASER_GROUP } from '@meower/shared/event/meow-events.ts';
import { combineRoutes } from '@meower/shared/http/express-app.ts';
import { recordSteps } from '@meower/shared/inspection/record-steps.ts';
import { createIdGenerator, type NewMeowId } from '@meower/shared/meow/meow-id.ts';
import type {
  Connection,
  Consumer,
  DeadLetters,
  Eraser,
  LagReader,
  Log,
  Publisher,
  StorageReader,
} from '@meower/shared/message/capabilities.ts';
import type { Metrics } from '@meower/shared/metrics/metrics.ts';
import {
  deadLetterReadings,
  lagReadings,
  outboxReadings,
  poolReadings,
  storageReadings,
} from '@meower/shared/metrics/readings.ts';
import { createRelay } from '@meower/shared/outbox/relay.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { createSchemaMigration } from '@meower/shared/service/schema-migration.ts';
import type { Service } from '@meower/shared/service/service.ts';
import { subscribeInBackground } from '@meower/shared/service/subscribe-in-background.ts';
import type { ProofOfWorkConfig } from '@meower/shared/settings/proof-of-work.ts';
import { ERASER_TOPICS, startEraser } from './eraser.ts';
import { meowRoutes } from './handlers.ts';
import { inspectMeow } from './inspect-meow.ts';
import { measureCommits } from './measure-commits.ts';
import { createModeration, MODERATION_DEFAULTS, type ModerationOptions } from './moderation/moderation.ts';
import { createProofOfWork } from './proof-of-work.ts';
import { replayDeletions } from './replay-deletions.ts';

interface MeowServiceOptions {
  repository: MeowRepository;
  broker: Publisher &
    Consumer &
    Eraser &
    Log &
    Partial<LagReader> &
    Partial<StorageReader> &
    Connection & { readonly deadLetters: Pick<DeadLetters, 'count' | 'list'> };
  logger: Logger;
  /** Nothing is measured when absent. */
  metrics?: Metrics | undefined;
  newMeowId?: () => NewMeowId;
  relay?: typeof RELAY_DEFAULTS;
  /** No proofs of work when absent. */
  proofOfWork?: ProofOfWorkConfig | undefined;
  moderation?: Partial<ModerationOptions>;
}

export const RELAY_DEFAULTS = { graceMs: 5000, sweepIntervalMs: 1000 };

/** Most meows in memory that wait for a commit, and most that wait for the broker's confirmation. */
const MAX_WAITING = 10_000;
/** With fewer, a handful of clients wait for one another; with more, batches are too small. */
const CONCURRENT_BATCHES = 4;
const KEY_CLEANUP_INTERVAL_MS = 60_000;
/** When the broker takes events, they leave the outbox within a few seconds. */
const OUTBOX_STUCK_AFTER_S = 60;

export interface MeowService extends Service {
  /** As `MeowRepository.deleteMeows`; the events are published immediately. */
  deleteMeows: MeowRepository['deleteMeows'];
  /** What operators decide on reports. */
  moderation: ModerationRepository;
}

/**
 * Accepts meows, stores each with its event in the outbox, and publishes the events. Does not close its
 * dependencies.
 */
export function createMeowService(options: MeowServiceOptions): MeowService {
  const { repository, logger, metrics, newMeowId = createIdGenerator() } = options;
  const steps = metrics?.inspector.steps;
  const broker = recordSteps(options.broker, steps);
  const { graceMs, sweepIntervalMs } = options.relay ?? RELAY_DEFAULTS;
  const proofOfWork = options.proofOfWork && createProofOfWork(options.proofOfWork);
  const moderationOptions = { ...MODERATION_DEFAULTS, ...options.moderation };

  const relay = createRelay({
    outbox: repository.outbox,
    publisher: metrics ? metrics.messages.measurePublisher(broker, 'relay') : broker,
    logger,
    sweepIntervalMs,
    maxPending: MAX_WAITING,
  });
  const groupCommit = createGroupCommit(repository, {
    maxBatch: 500,
    concurrency: CONCURRENT_BATCHES,
    maxWaiting: MAX_WAITING,
    dueAfterMs: graceMs,
    onCommitted(events) {
      if (steps) for (const { id, key = id } of events) steps.add(key, 'committed');
      relay.offer(events);
    },
    onBatch: metrics && measureCommits(metrics),
  });

  const keyCleanup = createPeriodicTask(() => repository.deleteExpiredIdempotencyKeys(), {
    what: 'delete expired idempotency keys',
    logger,
    intervalMs: KEY_CLEANUP_INTERVAL_MS,
  });

  const moderation = createModeration(repository.moderation, moderationOptions, logger);

  const migration = createSchemaMigration(repository, logger);
  const background = runInBackground(async (signal) => {
    await migration.run(signal);
    const retrying = { what: 'replay deletions', logger, signal };
    const replaying = retryForever(
      () => replayDeletions({ repository, log: broker, logger, signal }),
      retrying,
    );
    await Promise.all([replaying, relay.sweep(signal), keyCleanup.run(signal), moderation.run(signal)]);
  });

  const erasing = subscribeInBackground(
    () =>
      startEraser({ ...broker, ...metrics?.messages.measureConsumer(broker, 'nats') }, repository, logger),
    {
      what: 'start erasing the events of deleted meows',
      logger,
    },
  );

  const posting = meowRoutes({
    async insert(entry) {
      const id = await groupCommit.insert(entry);
      steps?.add(id, 'answered');
      return id;
    },
    newMeowId,
    proofOfWork,
    admit: moderation.admit,
    isBlocked: moderationOptions.isBlocked,
  });

  return {
    routes: combineRoutes([posting, moderation.routes]),
    checks: [
      migration.check,
      { name: 'nats', optional: true, check: () => broker.ping() },
      {
        name: 'outbox',
        optional: true,
        async check() {
          const ageS = await repository.outbox.oldestAgeS();
          if (ageS > OUTBOX_STUCK_AFTER_S)
            throw new Error(`the oldest event has not been published for ${Math.round(ageS)} s`);
        },
      },
    ],
    readings: [
      ...outboxReadings(repository.outbox),
      ...lagReadings(broker, { [ERASER_GROUP]: ERASER_TOPICS }),
      ...deadLetterReadings(broker.deadLetters),
      ...storageReadings(broker),
      ...poolReadings(repository),
    ],
    inspection: { meow: (id) => inspectMeow(id, { repository, broker }) },
    async deleteMeows(ids, headers) {
      const deleted = await repository.deleteMeows(ids, headers);
      relay.wake();
      return deleted;
    },
    moderation: moderation.decisions,
    async close() {
      await groupCommit.idle();
      await Promise.all([background.close(), erasing.close()]);
      await relay.idle();
    },
  };
}
