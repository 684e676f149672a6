import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { compose } from './compose.ts';

/** Runs a program with top-level await in a service's container, in its folder. Its output, trimmed. */
async function runIn(service: string, program: string): Promise<string> {
  const output = await compose('exec', '-T', service, 'node', '--input-type=module', '--eval', program);
  return output.trim();
}

/** How a login to Postgres from this service's container, or the statement after it, fails: a code of Postgres. */
export async function postgresRefusal(service: string, login: string, sql = 'SELECT 1'): Promise<string> {
  return runIn(
    service,
    `import pg from 'pg';
    import { readFileSync } from 'node:fs';
    const own = { user: process.env.POSTGRES_USER, password: readFileSync(process.env.POSTGRES_PASSWORD_FILE, 'utf8') };
    const client = new pg.Client({ host: 'postgres', database: 'meower', connectionTimeoutMillis: 5000, ...(${login}) });
    try {
      await client.connect();
      await client.query(${JSON.stringify(sql)});
      console.log('accepted');
    } catch (error) {
      console.log(error.code);
    }
    await client.end();`,
  );
}

/** What NATS refuses of messages published with the login of this service. */
export async function natsRefusals(service: string, subjects: readonly string[]): Promise<string[]> {
  const refused = await runIn(
    service,
    `import { connect } from 'nats';
    import { readFileSync } from 'node:fs';
    const pass = readFileSync(process.env.NATS_PASSWORD_FILE, 'utf8');
    const connection = await connect({ servers: 'nats:4222', user: process.env.NATS_USER, pass, reconnect: false });
    const status = connection.status();
    void (async () => {
      for await (const { permissionContext } of status) if (permissionContext) console.log(permissionContext.subject);
    })();
    for (const subject of ${JSON.stringify(subjects)}) connection.publish(subject, '{}');
    await connection.flush();
    await connection.close();`,
  );
  return refused.split('\n').filter((line) => line !== '');
}

/** How a login to NATS from this service's container ends. */
export function natsLogin(service: string, login: object): Promise<string> {
  return runIn(
    service,
    `import { connect } from 'nats';
    const options = { servers: 'nats:4222', reconnect: false, ...${JSON.stringify(login)} };
    console.log(await connect(options).then(() => 'accepted', (error) => error.code));
    process.exit();`,
  );
}

/** The status of Elasticsearch, or of its proxy, for a request of query-service's container; or why there is none. */
export function elasticsearchStatus(method: string, url: string, withLogin: boolean): Promise<string> {
  return runIn(
    'query',
    `import { readFileSync } from 'node:fs';
    const login = 'query:' + readFileSync(process.env.ELASTICSEARCH_PASSWORD_FILE, 'utf8');
    const headers = ${withLogin} ? { authorization: 'Basic ' + Buffer.from(login).toString('base64') } : {};
    const response = fetch(${JSON.stringify(url)}, { method: '${method}', headers, signal: AbortSignal.timeout(5000) });
    console.log(await response.then(({ status }) => status, ({ cause }) => cause?.code ?? 'no response'));`,
  );
}

export async function dependenciesAreSeparated(): Promise<void> {
  const unknown = (service: string, host: string) =>
    runIn(
      service,
      `import { lookup } from 'node:dns/promises';
      console.log(await lookup('${host}').then(() => 'known', ({ code }) => code));`,
    );
  const hidden = [
    ['pusher', 'postgres'],
    ['pusher', 'elasticsearch-proxy'],
    ['meow', 'elasticsearch-proxy'],
    ['query', 'elasticsearch'],
  ] as const;
  for (const [service, host] of hidden)
    match(await unknown(service, host), /^(ENOTFOUND|EAI_AGAIN)$/, `${service} knows ${host}`);
  equal(await unknown('query', 'postgres'), 'known');
}

export async function loginsAreRefused(): Promise<void> {
  // 28000: over the network no superuser is admitted; 28P01: wrong password.
  equal(await postgresRefusal('meow', "{ user: 'meower', password: '123456' }"), '28000');
  equal(await postgresRefusal('query', "{ user: 'postgres', password: 'postgres' }"), '28000');
  equal(await postgresRefusal('query', "{ ...own, user: 'meow_service' }"), '28P01');
  equal(await postgresRefusal('meow', 'own'), 'accepted');
  equal(await natsLogin('pusher', {}), 'AUTHORIZATION_VIOLATION');
  equal(await natsLogin('pusher', { user: 'meow', pass: 'meow' }), 'AUTHORIZATION_VIOLATION');
  const proxy = 'http://elasticsearch-proxy:9200';
  equal(await elasticsearchStatus('GET', `${proxy}/meows/_count`, false), '401');
  equal(await elasticsearchStatus('GET', `${proxy}/meows/_count`, true), '200');
}

export async function rightsAreMissing(): Promise<void> {
  const forged = ['meow.created', 'meow.deleted'];
  for (const service of ['query', 'pusher']) deepEqual(await natsRefusals(service, forged), forged, service);
  // 42501: insufficient privilege.
  for (const sql of ['SELECT FROM outbox_events', 'DELETE FROM meows', 'DROP TABLE meows'])
    equal(await postgresRefusal('query', 'own', sql), '42501', sql);
  for (const sql of ['DROP TABLE meows', "COPY meows TO PROGRAM 'cat'", "UPDATE meows SET body = 'x'"])
    equal(await postgresRefusal('meow', 'own', sql), '42501', sql);
  const proxy = 'http://elasticsearch-proxy:9200';
  for (const path of ['/_cluster/settings', '/_nodes', '/_all', '/other', '/_search', '/meows,other/_search'])
    equal(await elasticsearchStatus('GET', `${proxy}${path}`, true), '403', path);
  equal(await elasticsearchStatus('PUT', `${proxy}/_snapshot/x`, true), '403');
}

/** The secrets of the deployment, which nothing may print. */
export async function readSecrets(): Promise<string[]> {
  const program = `import { readFileSync } from 'node:fs'; console.log(readFileSync('/secrets/secrets.json', 'utf8'))`;
  const json = await compose(
    'run',
    '--rm',
    '-T',
    'secrets',
    'node',
    '--input-type=module',
    '--eval',
    program,
  );
  return Object.values(JSON.parse(json) as Record<string, string>);
}

export async function secretsAreKept(secrets: readonly string[]): Promise<void> {
  await compose('up', '--detach', '--wait', '--wait-timeout', '240');
  deepEqual(await readSecrets(), secrets);
}

export async function secretsAreHidden(secrets: readonly string[]): Promise<void> {
  notEqual(secrets.length, 0);
  const logs = await compose('logs', '--no-color');
  const environments = await Promise.all(
    ['meow', 'query', 'pusher', 'postgres', 'nats', 'elasticsearch-proxy'].map((service) =>
      compose('exec', '-T', service, 'env'),
    ),
  );
  for (const secret of secrets) for (const text of [logs, ...environments]) ok(!text.includes(secret));
  const files = await compose('exec', '-T', 'pusher', 'ls', '/run/secrets');
  deepEqual(files.trim().split('\n'), ['nats-password']);
}

/** Each command of `ops` prints what `printed` matches. */
export async function commandsWork(commands: readonly [command: string, printed: RegExp][]): Promise<void> {
  for (const [command, printed] of commands)
    match(await compose('run', '--rm', '-T', 'ops', ...command.split(' ')), printed, command);
}
