/** Whose rights a command has: a folder with its passwords, and its users. `none`: it asks the services. */
type Role = 'meow' | 'query' | 'migrate' | 'none';

interface Command {
  readonly role: Role;
  readonly program: URL;
  readonly help: string;
}

const program = (path: string) => new URL(`../../${path}`, import.meta.url);

export const COMMANDS: Readonly<Record<string, Command>> = {
  status: {
    role: 'none',
    program: program('ops/src/admin/status.ts'),
    help: 'the whole system on one screen',
  },
  explain: {
    role: 'none',
    program: program('ops/src/admin/explain.ts'),
    help: 'the life of a meow: ID [--logs FILE]',
  },
  migrate: {
    role: 'migrate',
    program: program('meow-service/src/admin/migrate.ts'),
    help: 'brings the schema of the database to this version',
  },
  drift: {
    role: 'query',
    program: program('query-service/src/admin/drift.ts'),
    help: 'compares the database with the search index; --repair: repairs the index',
  },
  reindex: {
    role: 'query',
    program: program('query-service/src/admin/reindex.ts'),
    help: 'builds a new search index and switches to it',
  },
  dead: {
    role: 'meow',
    program: program('meow-service/src/admin/dead-letters.ts'),
    help: 'events that a group could not handle: list, retry POSITION…, drop POSITION… (or all)',
  },
  republish: {
    role: 'meow',
    program: program('meow-service/src/admin/republish.ts'),
    help: 'publishes every event again, after the stream is lost',
  },
  delete: {
    role: 'meow',
    program: program('meow-service/src/admin/delete.ts'),
    help: 'deletes meows everywhere: ID…',
  },
  moderate: {
    role: 'meow',
    program: program('meow-service/src/admin/moderate-database.ts'),
    help: 'reports and bans: list, delete ID…, ban ID [--days N], unban ID, dismiss ID',
  },
};

const USERS: Readonly<Record<Exclude<Role, 'none'>, NodeJS.ProcessEnv>> = {
  meow: { POSTGRES_USER: 'meow_service', NATS_USER: 'meow' },
  query: { POSTGRES_USER: 'query_service', NATS_USER: 'query', ELASTICSEARCH_USER: 'query' },
  migrate: { POSTGRES_USER: 'migrator' },
};

/** The logins of a role; the container has its secrets in a folder of this name. */
export function environmentOf(role: Role): NodeJS.ProcessEnv {
  if (role === 'none') return {};
  const secrets = `/run/secrets/${role}`;
  return {
    ...USERS[role],
    POSTGRES_PASSWORD_FILE: `${secrets}/postgres-password`,
    ...(role !== 'migrate' && { NATS_PASSWORD_FILE: `${secrets}/nats-password` }),
    ...(role === 'query' && { ELASTICSEARCH_PASSWORD_FILE: `${secrets}/elasticsearch-password` }),
  };
}

export function usage(): string {
  const lines = Object.entries(COMMANDS).map(([name, { help }]) => `  ${name.padEnd(10)} ${help}\n`);
  return `usage: ops COMMAND [ARGUMENT…]\n${lines.join('')}`;
}
