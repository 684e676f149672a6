import { randomBytes } from 'node:crypto';
import { createFairQueue } from '@meower/shared/async/fair-queue.ts';
import { type SqlDatabase, statement } from '@meower/shared/db/sql.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import type { Metadata } from '@meower/shared/message/capabilities.ts';
import type { TransactionWithEvents } from '@meower/shared/outbox/transactions-with-events.ts';
import { hash, verify } from '@node-rs/bcrypt';
import type { User, UserRegistered } from '../user-registered.ts';

interface NewUser extends Pick<User, 'name' | 'email'> {
  id?: string | undefined;
  password: string;
}

type UserRow = { id: string; name: string; email: string; registered_at: Date };
const COLUMNS = 'id, name, email, registered_at';
const statements = {
  insert: statement<UserRow>(
    'insert_user',
    `INSERT INTO users (id, name, email, password_hash) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
  ),
  byId: statement<UserRow>('user_by_id', `SELECT ${COLUMNS} FROM users WHERE id = $1`),
  byEmail: statement<UserRow>('user_by_email', `SELECT ${COLUMNS} FROM users WHERE lower(email) = lower($1)`),
  hash: statement<{ hash: string }>('password_hash', 'SELECT password_hash AS hash FROM users WHERE id = $1'),
};

export type Registration = ReturnType<typeof createRegistration>;

export function createRegistration(
  db: SqlDatabase,
  transaction: TransactionWithEvents,
  { event, bcryptCost }: { event: UserRegistered; bcryptCost: number },
) {
  // Hashing occupies a thread for long.
  const limited = createFairQueue({ concurrent: 100, maxWaiting: 0 });
  const byId = async (id: string) => toUser(await db.run(statements.byId, [id]));

  const registeredBefore = async ({ id = '', name, email, password }: NewUser) => {
    const user = await byId(id);
    if (!user) return undefined;
    const [stored] = await db.run(statements.hash, [id]);
    const isSame = user.name === name && user.email === email && (await verify(password, stored?.hash ?? ''));
    if (!isSame) throw new HttpError(409, 'This id belongs to another registration');
    return user;
  };

  const insert = (
    { id = randomBytes(12).toString('base64url'), name, email }: NewUser,
    passwordHash: string,
    headers: Metadata,
  ) =>
    transaction(async (session, add) => {
      const user = toUser(await session.run(statements.insert, [id, name, email, passwordHash]));
      if (user) await add(event.create(user, { id, time: user.registered_at, headers: { ...headers, id } }));
      return user;
    });

  const register = async (user: NewUser, headers: Metadata) => {
    const before = await registeredBefore(user);
    if (before) return before;
    const registered = await insert(user, await hash(user.password, { cost: bcryptCost }), headers);
    // The same request may have been handled meanwhile.
    const known = registered ?? (await registeredBefore(user));
    if (!known) throw new HttpError(409, 'This e-mail address is registered already');
    return known;
  };

  return {
    /**
     * Stores a user together with its event. A client that got no answer repeats its request with the same id,
     * and gets the answer of the first one. Rejects with 409 if the id belongs to another content, or the
     * e-mail address to another id; with `OverloadedError`.
     */
    register: (user: NewUser, headers: Metadata) => limited('', () => register(user, headers)),
    byId,
    /** The case of letters does not matter. */
    byEmail: async (email: string) => toUser(await db.run(statements.byEmail, [email])),
  };
}

function toUser([row]: readonly UserRow[]): User | undefined {
  return row && { ...row, registered_at: row.registered_at.toISOString() };
}
