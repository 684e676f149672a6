import type { Meow } from '../meow/meow.ts';
import type { ReportReason } from '../meow/report-reasons.ts';

/** A day (`2026-11-26`), a colon, and the hash of an address with the key of that day. */
export type AddressHash = string;

/** The random key of one day. */
export type AddressKey = { readonly day: string; readonly key: Uint8Array };

export interface Report {
  readonly meowId: string;
  readonly reason: ReportReason;
  /** What the reporter writes; may be empty. */
  readonly comment: string;
  /** Of the reporter, with each key; the first is stored. */
  readonly addressHashes: readonly [AddressHash, ...AddressHash[]];
}

/** A meow with the reasons of its reports, one for each report, and the first of their comments. */
export interface ReportedMeow extends Meow {
  readonly reasons: readonly string[];
  readonly comments: readonly string[];
}

export interface Ban {
  /** The meow for which the address is banned. */
  readonly meowId: string;
  readonly addressHash: AddressHash;
  /** Milliseconds since the Unix epoch. */
  readonly endsAtMs: number;
}

/** Reports of meows, and bans of the addresses that posted them. */
export interface ModerationRepository {
  listAddressKeys(): Promise<AddressKey[]>;
  /** Does nothing if the day has a key. */
  addAddressKey(key: AddressKey): Promise<void>;

  /**
   * Stores a report, unless the reporter has one of the same meow. Bounded: `full` when there are 10,000
   * reports, or 100 of the reporter.
   */
  addReport(report: Report): Promise<'stored' | 'full' | 'unknown meow'>;
  /** Meows whose reports were not dismissed, those with the most reports first. */
  listReported(take: number): Promise<ReportedMeow[]>;
  /** Whether the meow had reports. Later ones are not listed either, until the dismissed ones expire. */
  dismissReports(meowId: string): Promise<boolean>;

  /** Bans in force. */
  listBans(): Promise<Ban[]>;
  /** Bans the address that posted the meow. Undefined when it is no longer known. */
  ban(meowId: string, days: number): Promise<Ban | undefined>;
  /** Ends the ban made for this meow and all others of the same hash. Whether there was one. */
  unban(meowId: string): Promise<boolean>;

  /**
   * Deletes bans that have ended, reports after 30 days, the address hashes of meows posted before
   * `postersBefore`, and keys of earlier days that no ban needs.
   */
  deleteExpired(postersBefore: Date): Promise<void>;
}
