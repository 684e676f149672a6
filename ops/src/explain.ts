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
      `no service answers at ${urls.join(', ')}: start with METRICS_PORT, and name the ports in METRICS_URLS`,
    );
  const reports = answers.flatMap((one) => ('answer' in one ? one.answer : []));
  const facts = Object.assign({}, ...reports.map((report) => report.facts));
  const known = eventFacts.safeParse(facts).data;
  const ids = [id, ...(known?.events.flatMap(({ requestId, traceId }) => [requestId, traceId]) ?? [])];
  return [
    `meow ${id}`,
    ...stepLines(reports, known?.createdAt),
    '',
    ...factLines(facts),
    ...answers.flatMap((one) => ('problem' in one ? `no answer     ${one.address}: ${one.problem}` : [])),
    ...(logs === undefined ? [] : ['', ...(await logLines(logs, ids))]),
    '',
  ].join('\n');
}

function stepLines(reports: readonly MeowReport[], createdAt: Date | undefined): string[] {
  const created = createdAt ? [{ at: createdAt, what: 'created', service: '', details: undefined }] : [];
  const done = reports.flatMap(({ service, steps }) => steps.map((step) => ({ ...step, service })));
  const steps = [...created, ...done].sort((a, b) => a.at.getTime() - b.at.getTime());
  const beginMs = steps[0]?.at.getTime() ?? 0;
  const lines = steps.map(({ at, what, service, details = '' }) => {
    const after = `+${at.getTime() - beginMs} ms`.padStart(10);
    return `${at.toISOString()} ${after}  ${what.padEnd(11)} ${service.padEnd(14)} ${details}`.trimEnd();
  });
  // Each process remembers the newest meows only, until it ends.
  return done.length > 0
    ? lines
    : [...lines, 'the services do not remember more: it is older than they are, or than 10000 others'];
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
