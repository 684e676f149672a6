import { createPeriodicTask } from '@meower/shared/async/periodic-task.ts';
import type { AddressHash, ModerationRepository } from '@meower/shared/db/moderation-repository.ts';
import { type AllowedOrigins, isAllowedOrigin } from '@meower/shared/http/allowed-origins.ts';
import { clientNetwork } from '@meower/shared/http/client-network.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import type { Routes } from '@meower/shared/http/express-app.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { Request } from 'express';
import { createAddressHashes } from './address-hashes.ts';
import { FOREIGN_PAGE } from './admission-errors.ts';
import type { IsBlocked } from './blocked-words.ts';
import { reportRoutes } from './report-routes.ts';

export interface ModerationOptions {
  /** How long it is known which address has posted a meow. */
  posterDays: number;
  /** Other pages that may post and report. */
  postOrigins: AllowedOrigins;
  /** Whether requests come through a proxy that names the client, and in no other way. */
  behindProxy: boolean;
  isBlocked: IsBlocked;
}

export const MODERATION_DEFAULTS: ModerationOptions = {
  posterDays: 7,
  postOrigins: new Set(),
  behindProxy: false,
  isBlocked: () => false,
};

interface Moderation {
  /** The hash of the client's address. Rejects with an `HttpError` if it may not post. */
  admit(req: Request): Promise<AddressHash>;
  /** `POST /meows/<id>/reports`. */
  routes: Routes;
  /** For operators: the repository, whose bans take effect immediately in this process. */
  decisions: ModerationRepository;
  /** Keeps bans up to date and deletes what has expired, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** How long a ban by one replica may be unknown to another. */
const REFRESH_INTERVAL_MS = 2000;
const CLEANUP_INTERVAL_MS = 60_000;
const DAY_MS = 86_400_000;

/** Who may post, reports of meows, and what operators decide. */
export function createModeration(
  repository: ModerationRepository,
  { posterDays, postOrigins, behindProxy }: ModerationOptions,
  logger: Logger,
): Moderation {
  const addresses = createAddressHashes(repository);
  const refreshing = createPeriodicTask(addresses.refresh, {
    what: 'read the bans',
    logger,
    intervalMs: REFRESH_INTERVAL_MS,
  });
  const cleanup = createPeriodicTask(
    () => repository.deleteExpired(new Date(Date.now() - posterDays * DAY_MS)),
    { what: 'delete expired reports, bans and address hashes', logger, intervalMs: CLEANUP_INTERVAL_MS },
  );

  const admit = async (req: Request) => {
    if (!isAllowedOrigin(req, postOrigins)) throw new HttpError(403, FOREIGN_PAGE);
    return addresses.admit(clientNetwork(req, behindProxy));
  };
  const admitReporter = async (req: Request) => {
    await admit(req);
    return addresses.all(clientNetwork(req, behindProxy));
  };
  const thenRefresh = async <T>(changed: Promise<T>): Promise<T> => {
    const result = await changed;
    await addresses.refresh();
    return result;
  };

  return {
    admit,
    routes: reportRoutes({ addReport: repository.addReport, admit: admitReporter }),
    decisions: {
      ...repository,
      ban: (meowId, days) => thenRefresh(repository.ban(meowId, days)),
      unban: (meowId) => thenRefresh(repository.unban(meowId)),
    },
    async run(signal) {
      await Promise.all([refreshing.run(signal), cleanup.run(signal)]);
    },
  };
}
