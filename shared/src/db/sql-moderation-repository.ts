import { earliestId } from '../meow/meow-id.ts';
import type { AddressKey, Ban, ModerationRepository, ReportedMeow } from './moderation-repository.ts';
import { runForRow, type SqlDatabase, statement } from './sql.ts';

const MAX_REPORTS = 10_000;
const MAX_REPORTS_OF_ADDRESS = 100;

type BanRow = { meow_id: string; address_hash: string; ends_at_ms: number };
type ReportedRow = Omit<ReportedMeow, 'createdAt'> & { created_at: string };

const DAY = `to_char(day, 'YYYY-MM-DD')`;
const BAN = 'meow_id, address_hash, (extract(epoch FROM ends_at) * 1000)::float8 AS ends_at_ms';

const statements = {
  keys: statement<AddressKey>('list_address_keys', `SELECT ${DAY} AS day, key FROM address_keys`),
  addKey: statement(
    'add_address_key',
    'INSERT INTO address_keys (day, key) VALUES ($1::date, $2) ON CONFLICT DO NOTHING',
  ),
  roomForReport: statement<{ known: boolean; full: boolean }>(
    'room_for_report',
    `SELECT EXISTS (SELECT FROM meows WHERE id = $1) AS known,
       (SELECT count(*) FROM meow_reports) >= ${MAX_REPORTS}
         OR (SELECT count(*) FROM meow_reports WHERE address_hash = ANY ($2::text[])) >= ${MAX_REPORTS_OF_ADDRESS}
         AS full`,
  ),
  // Locks the meow: one that is being deleted gets no report.
  addReport: statement(
    'add_report',
    `INSERT INTO meow_reports (meow_id, address_hash, reason, comment)
     SELECT id, ($2::text[])[1], $3, $4 FROM meows WHERE id = $1 AND NOT EXISTS (
       SELECT FROM meow_reports WHERE meow_id = $1 AND address_hash = ANY ($2::text[])
     ) FOR KEY SHARE OF meows ON CONFLICT DO NOTHING`,
  ),
  reported: statement<ReportedRow>(
    'list_reported',
    `SELECT id, body, to_char(meows.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at,
       array_agg(reason) AS reasons,
       coalesce((array_agg(comment ORDER BY reports.created_at) FILTER (WHERE comment <> ''))[1:5], '{}') AS comments
     FROM meow_reports AS reports JOIN meows ON id = meow_id
     GROUP BY id HAVING NOT bool_or(dismissed) ORDER BY count(*) DESC, id LIMIT $1`,
  ),
  dismiss: statement(
    'dismiss_reports',
    'UPDATE meow_reports SET dismissed = true WHERE meow_id = $1 RETURNING true',
  ),
  bans: statement<BanRow>('list_bans', `SELECT ${BAN} FROM bans WHERE ends_at > now() ORDER BY ends_at`),
  ban: statement<BanRow>(
    'ban_poster',
    `INSERT INTO bans (meow_id, address_hash, ends_at)
     SELECT meow_id, address_hash, now() + $2 * interval '1 day' FROM meow_posters WHERE meow_id = $1
     ON CONFLICT (meow_id) DO UPDATE SET ends_at = EXCLUDED.ends_at RETURNING ${BAN}`,
  ),
  unban: statement(
    'unban_poster',
    `DELETE FROM bans WHERE address_hash = (SELECT address_hash FROM bans WHERE meow_id = $1) RETURNING true`,
  ),
  deletePosters: statement('delete_posters', 'DELETE FROM meow_posters WHERE meow_id < $1'),
  deleteReports: statement(
    'delete_reports',
    `DELETE FROM meow_reports WHERE created_at < now() - interval '30 days'`,
  ),
  deleteBans: statement('delete_ended_bans', 'DELETE FROM bans WHERE ends_at <= now()'),
  deleteKeys: statement(
    'delete_address_keys',
    `DELETE FROM address_keys WHERE day < $1::date AND ${DAY} NOT IN (SELECT left(address_hash, 10) FROM bans)`,
  ),
};

export function createSqlModeration(db: SqlDatabase): ModerationRepository {
  return {
    async listAddressKeys() {
      return [...(await db.run(statements.keys))];
    },
    async addAddressKey({ day, key }) {
      await db.run(statements.addKey, [day, key]);
    },
    async addReport({ meowId, reason, comment, addressHashes }) {
      const { known, full } = await runForRow(db, statements.roomForReport, [meowId, addressHashes]);
      if (!known) return 'unknown meow';
      if (full) return 'full';
      await db.run(statements.addReport, [meowId, addressHashes, reason, comment]);
      return 'stored';
    },
    async listReported(take) {
      const rows = await db.run(statements.reported, [take]);
      return rows.map(({ created_at: createdAt, ...meow }) => ({ ...meow, createdAt }));
    },
    async dismissReports(meowId) {
      return (await db.run(statements.dismiss, [meowId])).length > 0;
    },
    async listBans() {
      return (await db.run(statements.bans)).map(toBan);
    },
    async ban(meowId, days) {
      return (await db.run(statements.ban, [meowId, days])).map(toBan)[0];
    },
    async unban(meowId) {
      return (await db.run(statements.unban, [meowId])).length > 0;
    },
    async deleteExpired(postersBefore) {
      await db.run(statements.deletePosters, [earliestId(postersBefore.getTime())]);
      await db.run(statements.deleteReports);
      await db.run(statements.deleteBans);
      await db.run(statements.deleteKeys, [postersBefore.toISOString().slice(0, 10)]);
    },
  };
}

function toBan({ meow_id: meowId, address_hash: addressHash, ends_at_ms: endsAtMs }: BanRow): Ban {
  return { meowId, addressHash, endsAtMs };
}
