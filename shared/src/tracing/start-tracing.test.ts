import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readSettings } from '../settings/read-settings.ts';
import { tracingConfig, tracingSpecs } from '../settings/tracing.ts';
import { startOtlpReceiver } from '../testing/otlp-receiver.ts';

const PROGRAM = fileURLToPath(new URL('../testing/traced-program.ts', import.meta.url));
const configOf = (env: Record<string, string>) => tracingConfig(readSettings(env, tracingSpecs));

type Line = Readonly<Record<string, unknown>>;

/** Runs the program until it has logged a line in a span, stops it, and returns that line, and all. */
async function runTraced(env: Record<string, string>): Promise<{ line: Line; lines: readonly Line[] }> {
  const program = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(program, 'exit');
  const lines: Line[] = [];
  const isInSpan = ({ msg }: Line) => msg === 'in the span';
  for await (const text of createInterface(program.stdout)) {
    const line: Line = JSON.parse(text);
    lines.push(line);
    if (isInSpan(line)) program.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
  return { line: lines.find(isInSpan) ?? expect.fail('no line in a span'), lines };
}

test('a process that stops exports its last spans, as protobuf, and its log lines name them', async () => {
  await using receiver = await startOtlpReceiver();
  const { line } = await runTraced({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-store=cats',
    OTEL_BSP_SCHEDULE_DELAY: '60000',
    OTEL_SERVICE_NAME: 'named',
  });
  expect(receiver.requests).toHaveLength(1);
  const { path, headers, body } = receiver.requests[0] ?? expect.fail();
  expect(path).toBe('/v1/traces');
  expect(headers).toMatchObject({ 'content-type': 'application/x-protobuf', 'x-store': 'cats' });
  for (const id of [line.trace_id, line.span_id])
    expect(body.includes(Buffer.from(String(id), 'hex'))).toBe(true);
  for (const text of ['purr', 'named']) expect(body.includes(text)).toBe(true);
});

test('a sampler of the standard variables decides what is exported', async () => {
  await using receiver = await startOtlpReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  await runTraced({ ...env, OTEL_TRACES_SAMPLER: 'always_off' });
  expect(receiver.requests).toEqual([]);
  await runTraced(env);
  expect(receiver.spans.map(({ name, service }) => [name, service])).toEqual([['purr', 'traced']]);
});

test('a process that cannot export says so, and stops', async () => {
  const unreachable = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_EXPORTER_OTLP_TIMEOUT: '500',
  };
  const { lines } = await runTraced(unreachable);
  expect(lines.filter(({ msg }) => msg === 'traces are not exported')).toHaveLength(1);
});

test('without an endpoint there are no spans, and the SDK is not loaded', async () => {
  const { line } = await runTraced({});
  expect(line).not.toHaveProperty('trace_id');

  const start = new URL('../../../pusher-service/src/start.ts', import.meta.url).href;
  const script = `await import('${start}');
    const { createRequire } = await import('node:module');
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    process.stdout.write(JSON.stringify([loaded.length > 0, loaded.filter((file) => /@opentelemetry.(?!api.)/.test(file))]));`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  expect(JSON.parse(stdout)).toEqual([true, []]);
});

test('the standard variables decide whether traces are exported', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://jaeger:4318' };
  expect(configOf({})).toBeUndefined();
  expect(configOf({ ...endpoint, OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
  expect(configOf({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined();
  expect(configOf(endpoint)).toEqual({ protocol: 'http/protobuf', ratio: 1 });
  expect(
    configOf({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://jaeger:4318/v1/traces',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    }),
  ).toEqual({ protocol: 'http/json', ratio: 1 });
  expect(() => configOf({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toThrow(
    /OTEL_EXPORTER_OTLP_PROTOCOL/,
  );
});

test.each([
  ['parentbased_always_on', '0.5', 1],
  ['always_on', '', 1],
  ['always_off', '', 0],
  ['parentbased_traceidratio', '0.01', 0.01],
  ['traceidratio', '', 1],
])('the sampler %s with the argument "%s" samples %d of the traces', (sampler, argument, ratio) => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://jaeger:4318', OTEL_TRACES_SAMPLER: sampler };
  expect(configOf({ ...env, OTEL_TRACES_SAMPLER_ARG: argument })?.ratio).toBe(ratio);
});

test('a sampler that does not exist, and a share above 1, are refused', () => {
  expect(() => configOf({ OTEL_TRACES_SAMPLER: 'sometimes' })).toThrow(/OTEL_TRACES_SAMPLER/);
  expect(() => configOf({ OTEL_TRACES_SAMPLER_ARG: '2' })).toThrow('must be a number from 0 to 1, not "2"');
});
