import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { ProgramProcess } from '@meower/shared/testing/program-process.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { expect, test } from 'vitest';
import { type GrafanaStandIn, startGrafanaStandIn } from './grafana-stand-in.ts';
import { type Receiver, startReceiver } from './testing/receiver.ts';
import { type Commit, deliver, newCommit, pushOf, until } from './testing/release-system.ts';

const PROGRAM = fileURLToPath(new URL('testing/faulty-program.ts', import.meta.url));
const SLOW = { timeout: 120_000 };

interface Outcome {
  commits: Commit[];
  slack: Receiver;
  grafana: GrafanaStandIn;
}

/**
 * Delivers pushes, some of them several times, while the process kills itself between an effect and its ack,
 * Slack and Grafana fail now and then, and Grafana is down for a while.
 */
async function runFaults(seededBug: string, check: (outcome: Outcome) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  await using slack = await startReceiver();
  const grafanaPort = await freePorts(1);
  const port = await freePorts(1);
  const env = {
    PORT: String(port),
    METRICS_PORT: '0',
    DATA_DIR: folder.path,
    SLACK_WEBHOOK_URL: slack.url,
    SLACK_PER_SECOND: '1000',
    GRAFANA_URL: `http://127.0.0.1:${grafanaPort}`,
    SIMULATED_DEPLOYMENT_S: '1',
    SEEDED_BUG: seededBug,
  };
  const commits = Array.from({ length: 10 }, (_, i) => newCommit(`commit ${i}`));
  const deliveries = commits.map((commit) => ({ id: randomUUID(), commit }));
  let grafana: GrafanaStandIn | undefined;
  for (const killedIn of ['slack', 'archive', 'deployments', 'grafana', '']) {
    // Down in the first runs.
    if (killedIn === 'deployments') grafana = await startGrafanaStandIn(grafanaPort, silentLogger);
    slack.refusals.push({ status: 503 }, { status: 429, headers: { 'retry-after': '0' } });
    await using program = new ProgramProcess(PROGRAM, { ...env, KILLED_IN: killedIn });
    const listening = program.printed(/listening on/);
    // It may die of an event of an earlier run before it listens.
    await (killedIn ? listening.catch(() => undefined) : listening);
    // The same ids each time, in another order. While the process dies, some fail: as for GitHub, nothing is promised then.
    const attempts = deliveries
      .toSorted(() => Math.random() - 0.5)
      .map(({ id, commit }) =>
        deliver(`http://localhost:${port}`, pushOf(commit), { id }).catch(() => undefined),
      );
    if (killedIn) {
      await program.ended;
      await Promise.all(attempts);
    } else {
      const answers = await Promise.all(attempts);
      expect(answers.map((answer) => answer?.status)).toEqual(commits.map(() => 200));
      if (!grafana) throw new Error('Grafana was not started');
      await check({ commits, slack, grafana });
    }
  }
  await grafana?.close();
}

/** Which annotations are missing or there more than once. */
function faultsOf({ commits, grafana }: Outcome): string[] {
  const counts = new Map<string, number>();
  for (const { tags } of grafana.annotations)
    counts.set(tags.join(' '), (counts.get(tags.join(' ')) ?? 0) + 1);
  return commits.flatMap(({ id }) =>
    ['pushed', 'deployed env:pre-production', 'deployed env:production']
      .map((what) => `commit:${id} ${what}`)
      .filter((name) => counts.get(name) !== 1)
      .map((name) => `${counts.get(name) ?? 0} times: ${name}`),
  );
}

test('every commit has three annotations, each once, whatever dies', SLOW, () =>
  runFaults('', async (outcome) => {
    await until(() => expect(faultsOf(outcome)).toEqual([]));
    // Slack has everything too, some of it twice: what was not acked when the process died.
    await until(() => expect(new Set(outcome.slack.texts).size).toBe(3 * outcome.commits.length));
    expect(faultsOf(outcome)).toEqual([]);
  }),
);

test('the checker finds a Grafana that is written to without being asked', SLOW, () =>
  runFaults('1', async (outcome) => {
    await until(() => expect(faultsOf(outcome).join()).toMatch(/[2-9] times/));
  }),
);
