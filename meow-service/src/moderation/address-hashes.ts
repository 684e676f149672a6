import { hash, randomBytes } from 'node:crypto';
import { createSingleFlight } from '@meower/shared/async/single-flight.ts';
import type { AddressHash, ModerationRepository } from '@meower/shared/db/moderation-repository.ts';
import { HttpError } from '@meower/shared/http/errors.ts';

/** Of base64url: 120 bits, so that no two of the networks of a day have the same. */
const HASH_LENGTH = 20;

interface Key {
  day: string;
  /** All have the same length. */
  secret: string;
  /** The hashes with this key that are banned, and until when. */
  bans: Map<AddressHash, number>;
}

/** Keyed hashes of clients' networks (see `clientNetwork`), and which of them are banned. */
export interface AddressHashes {
  /** With the key of today. Rejects with 403 while the network is banned. */
  admit(network: string): Promise<AddressHash>;
  /** With each key, that of today first. After a call of `admit`. */
  all(network: string): [AddressHash, ...AddressHash[]];
  /** Reads keys and bans again, and creates the key of a new day. */
  refresh(): Promise<void>;
}

type Repository = Pick<ModerationRepository, 'listAddressKeys' | 'addAddressKey' | 'listBans'>;

/**
 * Keys and bans are in memory, so that a post costs no request to the database: one hash, and another for
 * each earlier day whose key an active ban has. The first call reads them.
 */
export function createAddressHashes(repository: Repository, now: () => number = Date.now): AddressHashes {
  /** The newest first: that of today. */
  let keys: Key[] = [];

  const read = async () => {
    const day = new Date(now()).toISOString().slice(0, 10);
    let stored = await repository.listAddressKeys();
    if (!stored.some((key) => key.day >= day)) {
      await repository.addAddressKey({ day, key: randomBytes(32) });
      // Another process may have been first.
      stored = await repository.listAddressKeys();
    }
    const bans = Map.groupBy(await repository.listBans(), ({ addressHash }) => addressHash.split(':')[0]);
    keys = stored
      .map((key) => ({
        day: key.day,
        secret: Buffer.from(key.key).toString('base64'),
        bans: new Map((bans.get(key.day) ?? []).map((ban) => [ban.addressHash, ban.endsAtMs])),
      }))
      .sort((a, b) => (a.day > b.day ? -1 : 1));
  };
  // One at a time: an earlier read must not replace the result of a later one.
  const readOnce = createSingleFlight(read, { maxKeys: 1 });
  const refresh = () => readOnce('keys and bans');

  const all = (network: string) =>
    // Not empty: there is a key of today.
    keys.map((key) => hashWith(key, network)) as [AddressHash, ...AddressHash[]];

  return {
    refresh,
    all,
    async admit(network) {
      if (keys.length === 0) await refresh();
      const [today] = keys as [Key, ...Key[]];
      const todaysHash = hashWith(today, network);
      for (const key of keys) {
        if (key.bans.size === 0) continue;
        const endsAtMs = key.bans.get(key === today ? todaysHash : hashWith(key, network)) ?? 0;
        if (endsAtMs > now()) throw new HttpError(403, bannedUntil(endsAtMs));
      }
      return todaysHash;
    },
  };
}

/** A hash that cannot be extended needs no HMAC around it, which would cost five times as much in Node. */
function hashWith({ day, secret }: Key, network: string): AddressHash {
  return `${day}:${hash('sha512-256', secret + network, 'base64url').slice(0, HASH_LENGTH)}`;
}

function bannedUntil(endsAtMs: number): string {
  const minute = new Date(endsAtMs).toISOString().slice(0, 16).replace('T', ' ');
  return `This address may not post until ${minute} UTC`;
}
