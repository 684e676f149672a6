import { deepEqual, equal, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ReceivedSpan } from '../../shared/src/testing/otlp-receiver.ts';
import { tracePaths, traceText } from '../../shared/src/testing/trace-text.ts';
import { until } from './checks.ts';
import { compose, docker, logLines } from './compose.ts';
import { ask } from './requests.ts';
import { watch } from './watcher.ts';

const PROJECT = process.env.COMPOSE_PROJECT_NAME ?? 'meower';
/** In `.ci/compose-smoke`, the services export to this host. */
const RECEIVER = 'otlp';
const RECEIVER_FILE = join(import.meta.dirname, '../../shared/src/testing/otlp-receiver.ts');
const PRINT_SPANS = `
  const { startOtlpReceiver } = await import('/otlp-receiver.ts');
  const { spans } = await startOtlpReceiver({ host: '0.0.0.0', port: 4318 });
  let printed = 0;
  setInterval(() => {
    for (; printed < spans.length; printed++) console.log(JSON.stringify(spans[printed]));
  }, 100);`;

/** Posts a meow through nginx, and expects its whole trace from the services; resolves to its id. */
export async function aPostIsOneTrace(): Promise<string> {
  const [container = ''] = (await compose('ps', '--quiet', 'meow')).trim().split('\n');
  const image = (await docker('inspect', '--format', '{{.Config.Image}}', container)).trim();
  const name = `${PROJECT}-${RECEIVER}`;
  const network = ['--network', `${PROJECT}_observe`, '--network-alias', RECEIVER];
  const file = ['--volume', `${RECEIVER_FILE}:/otlp-receiver.ts:ro`];
  const program = ['--entrypoint', 'node', image, '--input-type=module', '--eval', PRINT_SPANS];
  await docker('run', '--detach', '--name', name, ...network, ...file, ...program);
  try {
    return await postTraced(async () => {
      const lines = (await docker('logs', name)).split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as ReceivedSpan);
    });
  } finally {
    await docker('rm', '--force', name);
  }
}

async function postTraced(readSpans: () => Promise<ReceivedSpan[]>): Promise<string> {
  const watcher = await watch();
  const traceId = randomBytes(16).toString('hex');
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-00` };
  const body = new URLSearchParams({ body: 'traced' });
  const answer = await ask('/meows', { method: 'POST', headers, body });
  equal(answer.status, 200);
  const { id } = (await answer.json()) as { id: string };
  await watcher.received(id);

  const created = 'nginx > POST /meows > create meow.created';
  const handled = `${created} > process meow.created`;
  const expected = [
    'nginx',
    'nginx > POST /meows',
    created,
    `${created} > INSERT meows`,
    `${created} > send meow.created`,
    handled,
    `${handled} > send frame sockets=1`,
    `${handled} attempt=1 settled=acked`,
    `${handled} attempt=1 settled=acked > bulk`,
  ];
  let spans: ReceivedSpan[] = [];
  await until(async () => {
    spans = await readSpans();
    deepEqual(tracePaths(spans, traceId).sort(), expected.sort());
    return true;
  });
  watcher.close();
  console.log(traceText(spans, traceId).replace(/^(?=.)/gm, '        '));
  const requestId = answer.headers.get('x-request-id');
  await until(async () => {
    const [line] = (await logLines('nginx')).filter((each) => each.includes(traceId));
    ok(line, 'nginx has no log line of the trace');
    const { trace_id, requestId: logged, request } = JSON.parse(line) as Record<string, unknown>;
    deepEqual([trace_id, logged, request], [traceId, requestId, 'POST /meows']);
    return true;
  });
  const [ofNginx] = spans.filter((span) => span.traceId === traceId && span.service === 'nginx');
  equal(ofNginx?.attributes['meower.request.id'], requestId);
  return id;
}
