import { randomBytes } from 'node:crypto';
import { createConcurrencyLimit } from '@meower/shared/async/concurrency-limit.ts';
import { type SqlDatabase, statement } from '@meower/shared/db/sql.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import type { Metadata } from '@meower/shared/message/capabilities.ts';
import { createOutbox } from '@meower/shared/outbox/outbox.ts';
import { hash, verify } from '@node-rs/bcrypt';
import type { User, UserRegistered } from '../user-registered.ts';

export interface NewUser extends Pick<User, 'name' | 'email'> {
  id?: string | undefined;
  password: string;
}

export interface RegistrationOptions {
  db: SqlDatabase;
  event: UserRegistered;
  bcryptCost: number;
  /** After a commit: there is an event in the outbox. */
  onRegistered(): void;
}

export interface Registration {
  /**
   * Stores a user together with its event. A client that got no answer repeats its request with the same id,
   * and gets the answer of the first one. Rejects with 409 if the id belongs to another content, or the
   * e-mail address to another id; with `OverloadedError`.
   */
  register(user: NewUser, headers: Metadata): Promise<User>;
  byId(id: string): Promise<User | undefined>;
  /** The case of letters does not matter. */
  byEmail(email: string): Promise<User | undefined>;
}

/** Hashing occupies a thread for long. */
const MOST_CONCURRENT = 100;

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

export function createRegistration(options: RegistrationOptions): Registration {
  const { db, event, bcryptCost, onRegistered } = options;
  const outbox = createOutbox(db);
  const limited = createConcurrencyLimit(MOST_CONCURRENT);
  const byId = async (id: string) => toUser(await db.run(statements.byId, [id]));

  const insert = async (values: [id: string, name: string, email: string, hash: string], headers: Metadata) =>
    db.transaction(async (session) => {
      const user = toUser(await session.run(statements.insert, values));
      if (!user) return undefined;
      const { id, registered_at: time } = user;
      await outbox.add(session, [event.create(user, { id, time, headers: { ...headers, id } })]);
      return user;
    });

  const registeredBefore = async ({ id = '', name, email, password }: NewUser) => {
    const user = await byId(id);
    if (!user) return undefined;
    const [stored] = await db.run(statements.hash, [id]);
    const isSame = user.name === name && user.email === email && (await verify(password, stored?.hash ?? ''));
    if (!isSame) throw new HttpError(409, 'This id belongs to another registration');
    return user;
  };

  const register = async (user: NewUser, headers: Metadata) => {
    const before = await registeredBefore(user);
    if (before) return before;
    const { id = randomBytes(12).toString('base64url'), name, email, password } = user;
    const registered = await insert([id, name, email, await hash(password, { cost: bcryptCost })], headers);
    if (registered) {
      onRegistered();
      return registered;
    }
    // The same request may have been handled meanwhile.
    const meanwhile = await registeredBefore(user);
    if (!meanwhile) throw new HttpError(409, 'This e-mail address is registered already');
    return meanwhile;
  };

  return {
    register: (user, headers) => limited(() => register(user, headers)),
    byId,
    byEmail: async (email) => toUser(await db.run(statements.byEmail, [email])),
  };
}

function toUser([row]: readonly UserRow[]): User | undefined {
  return row && { ...row, registered_at: row.registered_at.toISOString() };
}
