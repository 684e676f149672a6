import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type MeowReport, meowReport } from '@meower/shared/inspection/inspector.ts';
import { isMeowId } from '@meower/shared/meow/meow-id.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { z } from 'zod';
import { askProcesses, readAs } from './ask-processes.ts';

interface ExplainOptions {
  urls: readonly string[];
  /** Log lines; `-` is standard input. */
  logs?: string | undefined;
}

/** What meow-service reports, as far as it is printed in a special way. */
const eventFacts = z.object({
  createdAt: z.coerce.date(),
  events: z.array(
    z.object({
      topic: z.string(),
      position: z.string(),
      publishedAt: z.coerce.date(),
      requestId: z.string().optional(),
      traceId: z.string().optional(),
    }),
  ),
});

/** The life of a meow as text: what happened when, what each store has of it, its trace, its log lines. */
export async function explain(id: string, { urls, logs }: ExplainOptions): Promise<string> {
  if (!isMeowId(id)) throw new StartError(`"${id}" is not the id of a meow`);
  const answers = await askProcesses(urls, `/meows/${id}`, readAs(meowReport));
  if (answers.every((one) => 'problem' in one))
    throw new StartError(
      `no service answers at ${urls.join(', ')}: is it running? METRICS_URLS names the ports of the metrics`,
    );
  const reports = answers.flatMap((one) => ('answer' in one ? one.answer : []));
  const facts = Object.assign({}, ...reports.map((report) => report.facts));
  const known = eventFacts.safeParse(facts).data;
  const ids = [id, ...(known?.events.flatMap(({ requestId, traceId }) => [requestId, traceId]) ?? [])];
  return [
    `meow ${id}`,
    ...stepLines(reports, known),
    '',
    ...factLines(facts),
    ...answers.flatMap((one) => ('problem' in one ? `no answer     ${one.address}: ${one.problem}` : [])),
    ...(logs === undefined ? [] : ['', ...(await logLines(logs, ids))]),
    '',
  ].join('\n');
}

type Facts = z.infer<typeof eventFacts>;

/** What the processes remember, and what the stores know of the rest: database and stream write down times. */
function stepLines(reports: readonly MeowReport[], facts: Facts | undefined): string[] {
  const done = reports.flatMap(({ service, steps }) => steps.map((step) => ({ ...step, service })));
  const isKnown = (topic: string) =>
    done.some(({ what, details }) => what === 'published' && details === topic);
  const stored = [
    ...(facts ? [{ at: facts.createdAt, what: 'created', details: undefined }] : []),
    ...(facts?.events ?? [])
      .filter(({ topic }) => !isKnown(topic))
      .map(({ topic, publishedAt }) => ({ at: publishedAt, what: 'published', details: topic })),
  ].map((step) => ({ ...step, service: '' }));
  const steps = [...stored, ...done].sort((a, b) => a.at.getTime() - b.at.getTime());
  const beginMs = steps[0]?.at.getTime() ?? 0;
  const lines = steps.map(({ at, what, service, details = '' }) => {
    const after = `+${at.getTime() - beginMs} ms`.padStart(10);
    return `${at.toISOString()} ${after}  ${what.padEnd(11)} ${service.padEnd(14)} ${details}`.trimEnd();
  });
  return [...lines, ...forgottenLines(reports, facts)];
}

/** Which services may have done more than they remember: each until it ends, and of the newest meows only. */
function forgottenLines(reports: readonly MeowReport[], facts: Facts | undefined): string[] {
  const byService = Map.groupBy(reports, ({ service }) => service);
  return [...byService].flatMap(([service, replicas]) => {
    const starts = replicas.map(({ startedAt }) => startedAt);
    if (facts && starts.every((at) => at > facts.createdAt)) {
      const times = starts.map((at) => at.toISOString()).join(' and ');
      return `what ${service} did before it started at ${times} is not remembered`;
    }
    if (replicas.some(({ steps }) => steps.length > 0)) return [];
    return `${service} remembers nothing: it does not know the meow, or thousands of others are newer`;
  });
}

function factLines(facts: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? value : [value];
    if (values.length === 0) return [`${name.padEnd(13)} none`];
    return values.map((one) => `${name.padEnd(13)} ${textOf(one)}`);
  });
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, of]) => `${name} ${of}`)
    .join(', ');
}

async function logLines(file: string, ids: readonly (string | undefined)[]): Promise<string[]> {
  const wanted = ids.filter((id) => id !== undefined);
  const lines: string[] = [];
  const input = file === '-' ? process.stdin : createReadStream(file);
  for await (const line of createInterface({ input })) {
    if (wanted.some((id) => line.includes(id))) lines.push(line);
  }
  return lines.length > 0 ? lines : ['no log lines'];
}
