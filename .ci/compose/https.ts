import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { connect, type PeerCertificate } from 'node:tls';
import { type Challenge, solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import WebSocket from 'ws';
import type { Frame } from '../../shared/src/meow/frames.ts';
import { check, until } from './checks.ts';
import { compose, docker, logLines } from './compose.ts';

const DOMAIN = 'meower.test';
/** It has no address, so it gets no certificate. */
const UNREACHABLE = 'nowhere.test';
const TIMEOUT_MS = 15_000;

interface Answer {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  text: string;
}

/** Checks the same project with MEOWER_DOMAIN and a local CA: compose.pebble.yaml. */
export async function checkHttps(up: () => Promise<void>, deployNginx: () => Promise<void>): Promise<void> {
  process.env.COMPOSE_FILE = 'docker-compose.yaml:.ci/compose/compose.pebble.yaml';
  process.env.MEOWER_DOMAIN = `${DOMAIN}, ${UNREACHABLE}`;
  process.env.LIMIT_POSTS = '60';
  const tls: Address = { host: '127.0.0.1', port: 0, servername: DOMAIN, ca: '' };

  const ask = (path: string, options: https.RequestOptions = {}, body?: string) =>
    answerTo(
      https.request({ ...tls, path, ...options, headers: { host: DOMAIN, ...options.headers } }),
      body,
    );

  await check('MEOWER_DOMAIN brings a certificate, and answers over HTTP/1.1 and HTTP/2', async () => {
    // Caddy would repeat an attempt that failed because the CA was not ready, but a minute later.
    await compose('up', '--detach', 'pebble');
    await until(async () => {
      tls.ca = await rootCertificate().catch(() => '');
      return tls.ca !== '';
    });
    await up();
    tls.port = await publishedPort('caddy', 443);
    await until(async () => (await certificateOf(tls).catch(() => undefined)) !== undefined);
    deepEqual([await statusOverHttp2(tls), (await ask('/meows')).status], [200, 200]);
  });

  await check('every answer has Strict-Transport-Security', async () => {
    for (const path of ['/', '/meows', '/meows?take=x', '/nothing'])
      equal((await ask(path)).headers['strict-transport-security'], 'max-age=31536000', path);
  });

  await check('HTTP is redirected, and nginx is published for this machine only', async () => {
    const port = await publishedPort('caddy', 80);
    const path = '/search?query=cat';
    const answer = await answerTo(http.request({ host: tls.host, port, path, headers: { host: DOMAIN } }));
    deepEqual([answer.status, answer.headers.location], [308, `https://${DOMAIN}${path}`]);
    equal(answer.headers['strict-transport-security'], undefined);
    match(await compose('port', 'edge', '8080'), /^127\.0\.0\.1:/);
  });

  await check('a meow posted over HTTPS arrives over a wss WebSocket, and its page names https', async () => {
    const socket = new WebSocket(`wss://${tls.host}:${tls.port}/pusher`, {
      ...tls,
      headers: { host: DOMAIN },
    });
    const ids: string[] = [];
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      if ('id' in frame) ids.push(frame.id);
    });
    await once(socket, 'open', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await ask('/meows', { method: 'POST', headers: form }, 'body=encrypted');
    equal(posted.status, 200, posted.text);
    const { id } = JSON.parse(posted.text) as { id: string };
    await until(async () => ids.includes(id));
    socket.close();
    match((await ask(`/m/${id}`)).text, new RegExp(`"og:url" content="https://${DOMAIN}/m/${id}"`));
  });

  await check('an address that posts too much is refused, and another one is not', async () => {
    const statuses = new Set(await postsFrom('meow', 150));
    deepEqual([...statuses].sort(), [400, 429]);
    deepEqual(await postsFrom('pusher', 1), [400]);
    const addresses = await addressesOf('meow');
    const refused = async () => (await logLines('nginx')).filter((line) => line.includes('"status":"429"'));
    await until(async () => (await refused()).length > 0);
    for (const line of await refused())
      ok(addresses.includes((JSON.parse(line) as { client: string }).client), line);
  });

  await check('an address that posts too much may go on with proofs of work', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const post = (proof = {}) =>
      ask('/meows', { method: 'POST', headers: { ...headers, ...proof } }, 'body=worked');
    let refused = await post();
    for (let n = 0; n < 150 && refused.status !== 429; n++) refused = await post();
    match(refused.text, /^\{"error":"Too many posts from this address: wait, or send a proof of work/);
    const key = randomUUID();
    const challenge = JSON.parse((await ask(`/challenge?key=${key}`)).text) as Challenge;
    const solution = await solveChallenge({ challenge, deriveKey });
    const altcha = Buffer.from(JSON.stringify({ challenge, solution })).toString('base64');
    const accepted = await post({ 'idempotency-key': key, altcha });
    equal(accepted.status, 200, accepted.text);
    const replayed = await post({ 'idempotency-key': randomUUID(), altcha });
    equal(replayed.text, '{"error":"The proof of work is for another Idempotency-Key"}');
    deepEqual([replayed.status, (await post({ altcha: 'forged' })).status], [429, 400]);
  });

  await check('a domain that is not reachable is named in the log, and tried again later', async () => {
    const attempts = async () =>
      (await logLines('caddy')).filter(
        (line) => line.includes('"msg":"will retry"') && line.includes(UNREACHABLE),
      );
    await until(async () => (await attempts()).length > 0);
    const [attempt = ''] = await attempts();
    match((JSON.parse(attempt) as { error: string }).error, /nowhere\.test/);
    const container = (await compose('ps', '--quiet', 'caddy')).trim();
    const state = await docker(
      'inspect',
      '--format',
      '{{.RestartCount}} {{.State.Health.Status}}',
      container,
    );
    equal(state.trim(), '0 healthy');
  });

  await check('nginx is replaced without a failed request', async () => {
    let replacing = true;
    const replaced = deployNginx().finally(() => {
      replacing = false;
    });
    const answers: Answer[] = [];
    const reader = async () => {
      while (replacing) answers.push(await ask('/meows'));
    };
    await Promise.all([replaced, ...Array.from({ length: 4 }, reader)]);
    console.log(`        ${answers.length} requests`);
    deepEqual(
      answers.filter(({ status }) => status !== 200),
      [],
    );
  });

  await check('without nginx the error is JSON', async () => {
    await compose('kill', 'nginx');
    const answer = await ask('/meows');
    deepEqual([answer.status, answer.text], [502, '{"error":"Service unavailable"}']);
    equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  });

  await check('after the kill nginx listens again, and a new Caddy uses the old certificate', async () => {
    const { serialNumber } = await certificateOf(tls);
    await compose('rm', '--stop', '--force', 'caddy');
    await up();
    tls.port = await publishedPort('caddy', 443);
    await until(async () => (await ask('/meows')).status === 200);
    equal((await certificateOf(tls)).serialNumber, serialNumber);
  });
}

type Address = { host: string; port: number; servername: string; ca: string };

async function publishedPort(service: string, port: number): Promise<number> {
  return Number((await compose('port', service, String(port))).trim().split(':').at(-1));
}

/** Pebble makes a new one at each start. */
async function rootCertificate(): Promise<string> {
  const port = await publishedPort('pebble', 15000);
  const options = { host: '127.0.0.1', port, path: '/roots/0', rejectUnauthorized: false };
  return (await answerTo(https.request(options))).text;
}

/** Rejects if it is not one of the CA for the domain. */
async function certificateOf(address: Address): Promise<PeerCertificate> {
  const socket = connect(address);
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return socket.getPeerCertificate();
  } finally {
    socket.destroy();
  }
}

async function statusOverHttp2(address: Address): Promise<number | undefined> {
  const createConnection = () => connect({ ...address, ALPNProtocols: ['h2'] });
  const session = http2.connect(`https://${DOMAIN}`, { createConnection });
  try {
    const request = session.request({ ':path': '/meows' });
    const [headers] = await once(request, 'response', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return headers[':status'];
  } finally {
    session.destroy();
  }
}

/** The statuses of posts without a body, whose sender claims a new address in each. */
async function postsFrom(service: string, count: number): Promise<number[]> {
  const program = `
    const statuses = [];
    for (let n = 0; n < ${count}; n++) {
      const headers = { 'x-forwarded-for': '203.0.113.' + n };
      statuses.push((await fetch('https://${DOMAIN}/meows', { method: 'POST', headers })).status);
    }
    console.log(JSON.stringify(statuses));`;
  const node = ['node', '--input-type=module', '--eval', program];
  return JSON.parse(await compose('exec', '-T', '--env', 'NODE_TLS_REJECT_UNAUTHORIZED=0', service, ...node));
}

async function addressesOf(service: string): Promise<string[]> {
  return (await compose('exec', '-T', service, 'hostname', '-i')).trim().split(' ');
}

async function answerTo(request: http.ClientRequest, body?: string): Promise<Answer> {
  request.end(body);
  const [response] = await once(request, 'response', { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const { statusCode: status, headers } = response as IncomingMessage;
  return { status, headers, text: await text(response) };
}
