import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const NAMES = [
  'postgresSuperuser',
  'postgresMeow',
  'postgresQuery',
  'postgresMigrator',
  'natsMeow',
  'natsQuery',
  'natsPusher',
  'elasticsearchQuery',
  'adminToken',
  'proofOfWorkKey',
  // Servers use these among themselves. Replaced while they run, they would part them.
  'clusterRoute',
  'replicator',
] as const;
type Name = (typeof NAMES)[number];
type Secrets = Record<Name, string>;

/** Of compose.cluster.yaml. A single server does not read their configuration. */
const NATS_SERVERS = ['nats', 'nats-2', 'nats-3'];
const SECRET_BYTES = 32;
/** Only this program reads it. */
const ALL = 'secrets.json';

/**
 * Creates the secrets of a deployment that `folder` does not hold yet, and writes for each container a folder
 * with its own ones. Resolves to the number created. Existing secrets stay as they are, apart from those whose
 * names begin with `replaced`. It may be interrupted and repeated.
 */
export async function createSecrets(folder: string, replaced?: string): Promise<number> {
  const kept = Object.entries(await readExisting(join(folder, ALL)));
  const existing: Partial<Secrets> = Object.fromEntries(
    kept.filter(([name]) => replaced === undefined || !name.startsWith(replaced)),
  );
  // All of this program are strings of its own.
  const secrets = Object.fromEntries(NAMES.map((name) => [name, existing[name] ?? newSecret()])) as Secrets;
  const created = NAMES.filter((name) => existing[name] === undefined).length;
  if (created > 0) await writeDurably(join(folder, ALL), JSON.stringify(secrets), 0o400);
  // Readable for every user: each image has another one, and only one container has the folder.
  for (const [name, content] of Object.entries(filesOf(secrets)))
    await writeDurably(join(folder, name), content, 0o444);
  return created;
}

function filesOf(secrets: Secrets): Record<string, string> {
  return {
    'meow/postgres-password': secrets.postgresMeow,
    'meow/nats-password': secrets.natsMeow,
    'meow/admin-token': secrets.adminToken,
    'meow/proof-of-work-key': secrets.proofOfWorkKey,
    'query/postgres-password': secrets.postgresQuery,
    'query/nats-password': secrets.natsQuery,
    'query/elasticsearch-password': secrets.elasticsearchQuery,
    'migrate/postgres-password': secrets.postgresMigrator,
    'pusher/nats-password': secrets.natsPusher,
    'postgres/superuser-password': secrets.postgresSuperuser,
    'postgres/meow-service-password': secrets.postgresMeow,
    'postgres/query-service-password': secrets.postgresQuery,
    'postgres/migrator-password': secrets.postgresMigrator,
    'postgres/replicator-password': secrets.replicator,
    'nats/passwords.conf': [
      `MEOW_PASSWORD: "${secrets.natsMeow}"`,
      `QUERY_PASSWORD: "${secrets.natsQuery}"`,
      `PUSHER_PASSWORD: "${secrets.natsPusher}"`,
      '',
    ].join('\n'),
    'nats/cluster.conf': clusterConf(secrets.clusterRoute),
    // In the format of nginx. A slow hash, with salt, is for passwords that can be guessed.
    'elasticsearch/users': `query:{SHA}${createHash('sha1').update(secrets.elasticsearchQuery).digest('base64')}\n`,
  };
}

/** Of NATS: without the password, a client in the same network could join the cluster as a server. */
function clusterConf(password: string): string {
  const routes = NATS_SERVERS.map((name) => `    "nats-route://route:${password}@${name}:6222"`);
  return [
    'cluster {',
    '  name: meower',
    '  listen: "0.0.0.0:6222"',
    '  no_advertise: true',
    // A server that is frozen is given up as soon as clients do it.
    '  ping_interval: "2s"',
    `  authorization { user: route, password: "${password}", timeout: 2 }`,
    '  routes: [',
    ...routes,
    '  ]',
    '}',
    '',
  ].join('\n');
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

async function readExisting(file: string): Promise<Partial<Secrets>> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** A reader finds the old content or the new one, also after a power cut. */
async function writeDurably(file: string, content: string, mode: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.new`;
  // It may be left from an interrupted run, without the right to write.
  await rm(temporary, { force: true });
  const handle = await open(temporary, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
