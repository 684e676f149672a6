import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sendRaw } from '../../e2e/contract/raw-socket.ts';
import { checkAttacks } from './attacks.ts';
import { check, summary, until } from './checks.ts';
import { askElasticsearch, askPrometheus, compose, docker, logLines } from './compose.ts';
import { checkHttps } from './https.ts';
import { imagesAgree } from './images.ts';
import { startsAsInKubernetes } from './kubernetes.ts';
import { describeLoad, underLoad } from './load.ts';
import {
  commandsWork,
  dependenciesAreSeparated,
  loginsAreRefused,
  readSecrets,
  rightsAreMissing,
  secretsAreHidden,
  secretsAreKept,
} from './privileges.ts';
import { ask, baseUrl, isError, listedIds, meows, post } from './requests.ts';
import { aPostIsOneTrace } from './traces.ts';
import { type Watcher, watch } from './watcher.ts';

/** All ids posted, oldest first. The volumes were empty, so there are no others. */
const posted: string[] = [];

async function postOne(body: string): Promise<string> {
  const id = await post(body);
  posted.push(id);
  return id;
}

async function up(...args: string[]): Promise<void> {
  await compose('up', '--detach', '--wait', '--wait-timeout', '240', ...args);
}

async function deploy(...services: string[]): Promise<void> {
  const replaced = services.length > 0 ? services : ['meow', 'query', 'pusher', 'nginx'];
  const before = (await compose('ps', '--quiet', ...replaced)).trim().split('\n');
  const program = join(import.meta.dirname, '../../ops/src/deploy.ts');
  await promisify(execFile)(process.execPath, [program, ...services]);
  const after = (await compose('ps', '--quiet', ...replaced)).trim().split('\n');
  equal(after.length, before.length);
  deepEqual(
    after.filter((container) => before.includes(container)),
    [],
    'a container is still the old one',
  );
}

async function indexedIds(): Promise<string[]> {
  await askElasticsearch('/_refresh');
  const { hits } = await askElasticsearch<{ hits: { hits: { _id: string }[] } }>(
    '/_search?size=1000&_source=false',
  );
  return hits.hits.map(({ _id }) => _id).sort();
}

async function eachIsListedAndIndexedOnce(): Promise<void> {
  deepEqual(await listedIds(), posted.toReversed());
  await until(async () => (await indexedIds()).length >= posted.length);
  deepEqual(await indexedIds(), posted.toSorted());
}

console.log('one of each');
await check('the page is served, and its hashed files may be cached forever', async () => {
  const page = await ask('/');
  const html = await page.text();
  equal(page.status, 200);
  equal(page.headers.get('cache-control'), 'no-cache');
  match(html, /<div id="app">/);
  const [script] = /\/assets\/[^"]+\.js/.exec(html) ?? [];
  ok(script, 'no script in the page');
  const asset = await ask(script, { headers: { 'accept-encoding': 'gzip' } });
  equal(asset.status, 200);
  equal(asset.headers.get('content-encoding'), 'gzip');
  match(asset.headers.get('cache-control') ?? '', /immutable/);
  const unknown = await ask('/m/0123abc');
  equal(unknown.status, 404);
  match(await unknown.text(), /<title>Meow not found[\s\S]*<div id="app">/);
  await isError(await ask('/assets/none.js'), 404, 'Not found');
});

await check('/docs is a page, and its documents are there', async () => {
  const page = await ask('/docs');
  match(page.headers.get('content-type') ?? '', /^text\/html/);
  match(await page.text(), /<h1>Interface<\/h1>/);
  for (const name of ['openapi.json', 'asyncapi.json']) equal((await ask(`/docs/${name}`)).status, 200);
});

await check('the page may run and load only its own files', async () => {
  const { headers } = await ask('/');
  const policy = headers.get('content-security-policy') ?? '';
  for (const rule of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
    ok(policy.includes(rule), `${rule} is missing in: ${policy}`);
  ok(!policy.includes('unsafe'), policy);
  equal(headers.get('x-content-type-options'), 'nosniff');
  equal(headers.get('referrer-policy'), 'no-referrer');
  equal(headers.get('server'), 'nginx', 'without its version');
});

await check('a meow is listed immediately, pushed live, found by search with a typing error', async () => {
  const watcher = await watch();
  const id = await postOne('The quick cat & <b>dog</b>');
  const [first] = await meows('/meows');
  deepEqual([first?.id, first?.body], [id, 'The quick cat &amp; &lt;b&gt;dog&lt;/b&gt;']);
  await watcher.received(id);
  await until(async () => (await meows('/search?query=quikc')).some((meow) => meow.id === id));
  deepEqual(((await (await ask(`/meows/${id}`)).json()) as { id: string }).id, id);
  const page = await ask(`/m/${id}`);
  equal(page.status, 200);
  match(await page.text(), /<title>[^<]*The quick cat &amp; &lt;b&gt;dog&lt;\/b&gt;/);
  for (const path of ['/feed.atom', '/meows.html']) match(await (await ask(path)).text(), /The quick cat/);
  watcher.close();
});

await check('a post through nginx is one trace, to the index and to the socket', async () => {
  posted.push(await aPostIsOneTrace());
});

await check('each path accepts its methods and refuses others with 403', async () => {
  const allowed: [method: string, path: string, status: number][] = [
    ['GET', '/meows', 200],
    ['HEAD', '/meows', 200],
    ['OPTIONS', '/meows', 204],
    ['POST', '/meows', 400],
    ['GET', '/search?query=cat', 200],
    ['HEAD', '/search?query=cat', 200],
    ['OPTIONS', '/search', 204],
    ['GET', '/pusher', 426],
  ];
  for (const [method, path, status] of allowed)
    equal((await ask(path, { method })).status, status, `${method} ${path}`);
  const refused = ['PUT /meows', 'DELETE /meows', 'PATCH /meows', 'POST /search', 'POST /pusher', 'POST /'];
  for (const [method, path] of refused.map((line) => line.split(' ')))
    await isError(await ask(String(path), { method }), 403, 'Forbidden');
});

await check('pages of other origins may read and not post', async () => {
  const origin = 'http://cats.example';
  await isError(
    await ask('/meows?body=x', { method: 'POST', headers: { origin } }),
    403,
    'Pages of other sites may not post here',
  );
  for (const path of ['/', '/meows', '/search?query=cat'])
    equal((await ask(path)).headers.get('access-control-allow-origin'), '*', path);
  const preflight = await ask('/meows', { method: 'OPTIONS', headers: { origin: 'http://cats.example' } });
  equal(preflight.headers.get('access-control-allow-origin'), '*');
  equal(preflight.headers.get('access-control-allow-methods'), 'GET, HEAD, POST, OPTIONS');
  match(preflight.headers.get('access-control-allow-headers') ?? '', /Content-Type/);
});

await check('every error is JSON', async () => {
  await isError(await ask('/meows?take=x'), 400, 'Invalid take parameter');
  await isError(await ask('/search'), 400, 'Missing query parameter');
  await isError(await ask('/meows', { method: 'POST' }), 400, 'Invalid body');
  await isError(await ask('/nothing'), 404, 'Not found');
  await isError(await ask('/%zz'), 400);
  const body = new URLSearchParams({ body: 'x'.repeat(70_000) });
  await isError(await ask('/meows', { method: 'POST', body }), 413, 'Request body too large');
  const host = 'Host: cat\r\nConnection: close\r\n';
  const refusedByNginx: [status: number, request: string][] = [
    [400, 'meow\r\n\r\n'],
    [403, `CONNECT cat:80 HTTP/1.1\r\n${host}\r\n`],
    [412, `GET / HTTP/1.1\r\n${host}If-Match: "cat"\r\n\r\n`],
    [414, `GET /?${'x'.repeat(10_000)} HTTP/1.1\r\n${host}\r\n`],
    [431, `GET / HTTP/1.1\r\n${host}Cookie: ${'x'.repeat(10_000)}\r\n\r\n`],
    [501, `POST /meows HTTP/1.1\r\n${host}Transfer-Encoding: gzip\r\n\r\n`],
    [505, `GET / HTTP/9.9\r\n${host}\r\n`],
  ];
  for (const [status, request] of refusedByNginx) {
    const [head = '', text = ''] = (await sendRaw(baseUrl, request)).split('\r\n\r\n');
    match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
    deepEqual(head.match(/^Content-Type: .*$/gm), ['Content-Type: application/json; charset=utf-8'], head);
    deepEqual(head.match(/^Cache-Control: .*$/gm), ['Cache-Control: no-store'], head);
    match(text, /^\{"error":"[A-Z][^"]+"\}$/);
  }
});

await check('a valid request id is kept, an invalid one is replaced', async () => {
  const idOf = async (id: string) =>
    (await ask('/meows', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
  equal(await idOf('smoke-1'), 'smoke-1');
  match((await idOf('no word')) ?? '', /^[\w-]{32,36}$/);
});

await check('an unchanged list is not sent again, compressed or not', async () => {
  for (const encoding of ['gzip', 'identity']) {
    const headers = { 'accept-encoding': encoding };
    const etag = (await ask('/meows', { headers })).headers.get('etag');
    ok(etag, 'no ETag');
    // Without the mode, fetch adds "Cache-Control: no-cache", and the whole list is sent.
    const again = await ask('/meows', {
      headers: { ...headers, 'if-none-match': etag },
      cache: 'force-cache',
    });
    equal(again.status, 304, encoding);
  }
});

await check('the files for publishing, for Swarm and for clusters name the same images', imagesAgree);
for (const name of ['nginx', 'elasticsearch-proxy'])
  await check(`${name} starts with the command of Kubernetes`, () => startsAsInKubernetes(name));

await check('one port is published, and no process runs as root', async () => {
  const containers = (await compose('ps', '--format', 'json')).trim().split('\n');
  equal(containers.length, 9);
  const published = containers
    .map((line) => JSON.parse(line) as { Service: string; Publishers: { PublishedPort: number }[] | null })
    .flatMap(({ Service, Publishers }) =>
      (Publishers ?? []).filter(({ PublishedPort }) => PublishedPort > 0).map(() => Service),
    );
  deepEqual([...new Set(published)], ['edge']);
  for (const service of [
    'meow',
    'query',
    'pusher',
    'edge',
    'nginx',
    'postgres',
    'elasticsearch',
    'elasticsearch-proxy',
  ])
    notEqual((await compose('exec', '-T', service, 'id', '-u')).trim(), '0', service);
});

await check('NATS has an event on disk before it acknowledges it', async () => {
  const url = 'http://127.0.0.1:8222/jsz';
  const { config } = JSON.parse(await compose('exec', '-T', 'nats', 'wget', '-qO-', url)) as {
    config: { sync_always?: boolean; store_dir: string };
  };
  deepEqual([config.sync_always, config.store_dir], [true, '/data/jetstream']);
});

console.log('least privilege');
await check('a service reaches only the dependencies that it has', dependenciesAreSeparated);
await check('default passwords, and those of other services, are refused', loginsAreRefused);
await check('forged events, and what a service need not do, are refused', rightsAreMissing);
await check('the commands of operators have the rights that they need', () =>
  commandsWork([
    ['migrate', /^The schema is up to date, at \d{4}-.*\.$/m],
    ['drift --repair', /0 of them not in the index/],
    ['reindex', /The new index is in use; it holds [1-9]/],
    ['dead list', /^0 dead letters$/m],
    ['republish', /Published the events of [1-9]\d* meows/],
  ]),
);
const secrets = await readSecrets();
await check('a second up keeps the secrets', () => secretsAreKept(secrets));
await check('no log and no environment has a secret', () => secretsAreHidden(secrets));

console.log('two of query and pusher (docker compose up --scale query=2 --scale pusher=2)');
const scale = ['--scale', 'query=2', '--scale', 'pusher=2'];
let watchers: Watcher[] = [];

await check('more replicas of query and pusher become healthy', () => up(...scale));

await check('Prometheus scrapes each replica, and no alert fires', async () => {
  await compose('up', '--detach', '--wait', '--wait-timeout', '60', 'prometheus');
  await until(async () => {
    deepEqual(await askPrometheus('count by (job) (meower_ready == 1)'), { meow: 1, query: 2, pusher: 2 });
    return true;
  });
  deepEqual(await askPrometheus('count by (job) (ALERTS{alertstate="firing"})'), {});
  equal((await ask('/metrics')).status, 404, 'nginx serves no metrics');
});

await check('status shows every replica, and explain the life of a meow in all services', async () => {
  const id = await postOne('to be explained');
  await until(async () => (await indexedIds()).includes(id));
  const services = ['meow-service', ...Array(2).fill('pusher-service'), ...Array(2).fill('query-service')];
  const screen = await compose('run', '--rm', '-T', 'ops', 'status');
  deepEqual([...screen.matchAll(/^(\S+-service) .* yes +.* ok$/gm)].map(([, name]) => name).sort(), services);
  const life = await compose('run', '--rm', '-T', 'ops', 'explain', id);
  for (const step of ['answered +meow', 'published +meow', 'handled +query', 'pushed +pusher'])
    match(life, new RegExp(` ms  ${step}-service\\b`, 'm'));
  match(life, /^index +found$/m);
});

await check('the standing load opens its sockets (docker compose --profile load up)', async () => {
  Object.assign(process.env, { LOAD_POSTS: '0', LOAD_SOCKETS: '3' });
  await compose('--profile', 'load', 'up', '--detach', 'load');
  await until(async () => (await askPrometheus('sum by (job) (meower_pusher_sockets)')).pusher === 3);
  await compose('--profile', 'load', 'rm', '--stop', '--force', 'load');
});

await check('each meow is listed once, indexed once and sent to each socket once', async () => {
  watchers = await Promise.all(Array.from({ length: 8 }, () => watch()));
  const burst = await Promise.all(Array.from({ length: 40 }, (_, n) => post(`burst ${n}`)));
  posted.push(...burst.toSorted());
  // Frames arrive in order, so a duplicate would have arrived before this one.
  const last = await postOne('after the burst');
  for (const watcher of watchers) {
    await watcher.received(last);
    deepEqual(watcher.ids.toSorted(), [...burst, last].sort());
  }
  await eachIsListedAndIndexedOnce();
});

await check('nginx distributes requests to both replicas', async () => {
  const replicas = async (path: string) => {
    const lines = (await logLines('nginx')).filter((line) => line.startsWith('{'));
    const requests = lines.map((line) => JSON.parse(line) as { request: string; upstream: string });
    return new Set(
      requests.filter(({ request }) => request.startsWith(path)).map(({ upstream }) => upstream),
    );
  };
  for (let n = 0; n < 8; n++) await meows('/search?query=burst');
  await until(async () => (await replicas('GET /search')).size >= 2);
  for (const watcher of watchers) watcher.close();
  await until(async () => (await replicas('GET /pusher')).size >= 2);
});

await check('no GET fails while one query replica restarts', async () => {
  const [replica] = (await compose('ps', '--quiet', 'query')).trim().split('\n');
  let restarting = true;
  const restarted = docker('restart', String(replica)).finally(() => {
    restarting = false;
  });
  while (restarting) await meows('/meows');
  await restarted;
});

await check('a browser that reconnects receives exactly what it missed', async () => {
  const before = await watch();
  await before.received(await postOne('seen'));
  before.close();
  const missed = [await postOne('missed 1'), await postOne('missed 2')];
  const after = await watch(before.cursor());
  const live = await postOne('live again');
  await after.received(live);
  deepEqual(after.ids, [...missed, live]);
  after.close();
});

await check(
  'an operator sees a report, bans the address that posted the meow, and ends the ban',
  async () => {
    const id = await postOne('reported');
    const moderate = (...args: string[]) => compose('run', '--rm', '-T', 'ops', 'moderate', ...args);
    const body = new URLSearchParams({ reason: 'spam', text: 'buy my yarn' });
    const report = async () => (await ask(`/meows/${id}/reports`, { method: 'POST', body })).status;
    equal(await report(), 202);
    match(await moderate('list'), new RegExp(`^${id} .* spam 1\n {2}reported\n {2}> buy my yarn\n`));
    await moderate('ban', id);
    // The services read the bans every 2 s. They hold for reports, too.
    await until(async () => (await report()) === 403);
    const again = await ask('/meows', { method: 'POST', body: new URLSearchParams({ body: 'again' }) });
    equal(again.status, 403);
    match(await again.text(), /This address may not post until/);
    await moderate('unban', id);
    await until(async () => (await report()) === 202);
    await moderate('dismiss', id);
    equal(await moderate('list'), '');
    await postOne('after the ban');
  },
);

await check('a deleted meow disappears from list, index, open pages and stream', async () => {
  const watcher = await watch();
  await watcher.received(await postOne('before the deletion'));
  const before = watcher.cursor();
  const id = await post('to be deleted');
  await watcher.received(id);
  await until(async () => (await indexedIds()).includes(id));
  match(await compose('run', '--rm', '-T', 'ops', 'delete', id), new RegExp(`deleted: ${id}`));
  await until(async () => (await ask(`/meows/${id}`)).status === 404);
  await until(async () => watcher.deletions.includes(id));
  watcher.close();
  await eachIsListedAndIndexedOnce();
  const resumed = await watch(before);
  const last = await postOne('after the deletion');
  await resumed.received(last);
  deepEqual(resumed.ids, [last], 'a cursor replays the deleted meow');
  resumed.close();
});

console.log('rollouts, under load');
// From the deploy on, the services trace nothing.
for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
for (const [title, work] of [
  [
    'a deploy replaces all containers of the services and nginx',
    () => {
      process.env.LIMIT_READS = '6000001';
      return deploy();
    },
  ],
  ['fewer replicas', () => up('--scale', 'query=1', '--scale', 'pusher=1')],
] as const)
  await check(`${title}: no request fails, sockets are back within 3 s, no frame is lost`, async () => {
    const report = await underLoad(work);
    posted.push(...report.ids);
    console.log(`        ${describeLoad(report)}`);
    if (report.failed.size > 0)
      for (const line of await logLines('nginx'))
        if (/"status":50[24]/.test(line)) console.log(`        ${line}`);
    deepEqual([[...report.failed], report.lost, report.doubled], [[], 0, 0]);
    // Clients wait for up to a second, so that they do not return together; the rest is for two busy cores.
    ok(report.longestGapMs < 3000, `sockets were away for ${report.longestGapMs} ms`);
    await eachIsListedAndIndexedOnce();
  });
await check('a configuration that nginx refuses stops nothing', async () => {
  const limit = process.env.LIMIT_READS;
  process.env.LIMIT_READS = 'many';
  await rejects(deploy('nginx'), /LIMIT_READS: must be a whole number/);
  process.env.LIMIT_READS = limit;
  equal((await ask('/meows')).status, 200);
});
await check('up keeps the replicas that are set', async () => {
  process.env.QUERY_REPLICAS = process.env.PUSHER_REPLICAS = '2';
  await up();
  equal((await compose('ps', '--quiet', 'query', 'pusher')).trim().split('\n').length, 4);
});

console.log('restarts');
await check('nginx starts again by itself when edge, whose network it uses, has ended', async () => {
  await compose('exec', '--detach', 'edge', 'sh', '-c', 'kill 1');
  await until(() =>
    ask('/healthz').then(
      () => false,
      () => true,
    ),
  );
  await until(() =>
    ask('/healthz').then(
      ({ ok }) => ok,
      () => false,
    ),
  );
});
await check('nginx finds meow and query at their new addresses after a restart', async () => {
  await compose('restart', 'query', 'meow');
  await until(async () => (await ask('/meows')).status === 200);
  await until(async () => (await ask('/meows', { method: 'POST' })).status === 400);
  await postOne('after the restart');
  await eachIsListedAndIndexedOnce();
});

await check('nginx starts without a service and reports it as JSON', async () => {
  await compose('stop', 'meow', 'nginx');
  // `docker compose start` would also start the services that nginx depends on.
  await docker('start', (await compose('ps', '--all', '--quiet', 'nginx')).trim());
  await until(async () => (await ask('/meows')).status === 200);
  equal((await ask('/')).status, 200);
  await isError(await ask('/meows?body=secret', { method: 'POST' }), 502, 'Service unavailable');
  await ask('/nothing?secret', { headers: { 'user-agent': '"\\\xe9"' } });
  const logged = async () => (await logLines('nginx')).map((line) => JSON.parse(line) as { request: string });
  await until(async () => (await logged()).some(({ request }) => request === 'GET /nothing'));
  ok(!JSON.stringify(await logged()).includes('secret'), 'a query is in the log');
  await compose('start', 'meow');
  await until(async () => (await ask('/meows', { method: 'POST' })).status === 400);
});

let beforeDown: Watcher;
await check('the services stop on SIGTERM with exit code 0', async () => {
  beforeDown = await watch();
  await beforeDown.received(await postOne('before down'));
  beforeDown.close();
  await eachIsListedAndIndexedOnce();
  await compose('stop', 'meow', 'query', 'pusher');
  const states = (await compose('ps', '--all', '--format', 'json', 'meow', 'query', 'pusher'))
    .trim()
    .split('\n');
  const exitCodes = states.map((line) => (JSON.parse(line) as { ExitCode: number }).ExitCode);
  deepEqual(exitCodes, [0, 0, 0, 0, 0]);
});

await check('meows, index and stream survive down and up', async () => {
  await compose('down', '--timeout', '30');
  await up();
  deepEqual(await listedIds(), posted.toReversed());
  const resumed = await watch(beforeDown.cursor());
  const id = await postOne('after up');
  await resumed.received(id);
  deepEqual(resumed.ids, [id]);
  resumed.close();
  await eachIsListedAndIndexedOnce();
});

console.log('attacks');
await check('honest users are served while others attack', () => checkAttacks(up));

console.log('documents');
await check('Schemathesis finds nothing behind nginx', async () => {
  await promisify(execFile)(join(import.meta.dirname, '../schemathesis/run'), [baseUrl]);
});

console.log('HTTPS (MEOWER_DOMAIN)');
await checkHttps(up, () => deploy('nginx'));

process.exitCode = summary() ? 0 : 1;
