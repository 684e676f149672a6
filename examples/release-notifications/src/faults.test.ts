import { fileURLToPath } from 'node:url';
import { createKafkaServer } from '@meower/brokers/testing/kafka-server.ts';
import { createRabbitServer } from '@meower/brokers/testing/rabbitmq.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { ProgramProcess } from '@meower/shared/testing/program-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import { expect, test } from 'vitest';
import { type GrafanaStandIn, startGrafanaStandIn } from './testing/grafana-stand-in.ts';
import { type Receiver, startReceiver } from './testing/receiver.ts';
import { type Commit, deliver, newCommit, pushOf, until } from './testing/release-system.ts';

const PROGRAM = fileURLToPath(new URL('testing/faulty-program.ts', import.meta.url));
const SLOW = { timeout: 240_000 };

interface Outcome {
  commits: readonly Commit[];
  slack: Receiver;
  grafana: GrafanaStandIn;
}

interface FaultPlan {
  env?: Record<string, string>;
  /** While Grafana is down, a process for each of these handlers kills itself after an effect of it. */
  killedIn?: readonly string[];
  /** What happens to the servers while the last process runs. `push` resolves once more pushes are accepted. */
  disturb?(grafana: GrafanaStandIn, push: () => Promise<void>): Promise<void>;
}

/**
 * Delivers pushes, most of them several times, while processes kill themselves between an effect and its ack,
 * Slack fails now and then, and Grafana is down for a while. `check` gets the outcome while all still runs.
 */
async function runFaults(
  { env = {}, killedIn = [], disturb }: FaultPlan,
  check: (outcome: Outcome) => Promise<void>,
): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const slack = opened.use(await startReceiver());
  const [port, grafanaPort] = [await freePorts(1), await freePorts(1)];
  const settings = {
    PORT: String(port),
    METRICS_PORT: '0',
    DATA_DIR: folder.path,
    SLACK_WEBHOOK_URL: slack.url,
    SLACK_PER_SECOND: '1000',
    GRAFANA_URL: `http://127.0.0.1:${grafanaPort}`,
    SIMULATED_DEPLOYMENT_S: '1',
    ...env,
  };
  const commits = newCommits();

  function startProgram(env: Record<string, string> = {}): ProgramProcess {
    slack.refusals.push({ status: 503 }, { status: 429, headers: { 'retry-after': '0' } });
    return opened.use(new ProgramProcess(PROGRAM, { ...settings, ...env }));
  }

  /** Delivers each until it is accepted, always with the same id, or until the process dies. */
  async function push(program: ProgramProcess, pushed: readonly Commit[]): Promise<void> {
    let isDead = false;
    void program.ended.then(() => {
      isDead = true;
    });
    const deliverOne = async (commit: Commit) => {
      if (isDead) return;
      const { status } = await deliver(`http://localhost:${port}`, pushOf(commit), { id: commit.id });
      return status === 200 ? undefined : `the webhook answers ${status}`;
    };
    const shuffled = pushed.toSorted(() => Math.random() - 0.5);
    await Promise.all(shuffled.map((one) => waitUntil(() => deliverOne(one))));
  }

  async function untilKilledIn(handler: string): Promise<void> {
    const program = startProgram({ KILLED_IN: handler });
    await push(program, commits);
    await program.ended;
  }

  for (const handler of killedIn) await untilKilledIn(handler);
  const grafana = await startGrafanaStandIn(grafanaPort);
  opened.defer(() => grafana.close());
  await untilKilledIn('grafana');

  const program = startProgram();
  await push(program, commits);
  await disturb?.(grafana, async () => {
    const more = newCommits();
    commits.push(...more);
    await push(program, more);
  });
  await check({ commits, slack, grafana });
}

const newCommits = () => Array.from({ length: 10 }, () => newCommit());

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

/** Each annotation is there once, and Slack has everything: some of it twice, what was not acked before a kill. */
async function nothingIsMissing(outcome: Outcome): Promise<void> {
  await waitUntil(() => faultsOf(outcome)[0]);
  const missing = () => 3 * outcome.commits.length - new Set(outcome.slack.texts).size;
  await waitUntil(() => (missing() === 0 ? undefined : `${missing()} messages to Slack are missing`));
  expect(faultsOf(outcome)).toEqual([]);
}

test.concurrent(
  'every commit has three annotations, each once, when processes die after an effect',
  SLOW,
  () => runFaults({ killedIn: ['slack', 'archive', 'deployments'] }, nothingIsMissing),
);

test.concurrent('the checker finds a Grafana that is written to without being asked', SLOW, () =>
  runFaults({ env: { SEEDED_BUG: '1' } }, async (outcome) => {
    await until(() => expect(faultsOf(outcome).join()).toMatch(/[2-9] times/));
  }),
);

describeReal('kafka_libs', (libs) =>
  describeReal('rabbitmq_server', (binary) =>
    test.concurrent('the same while Kafka and RabbitMQ are killed and restarted', SLOW, async () => {
      await using servers = new AsyncDisposableStack();
      const kafka = await createKafkaServer(libs);
      servers.defer(() => kafka.wipe());
      const rabbit = await createRabbitServer(binary);
      servers.defer(() => rabbit.wipe());
      await Promise.all([kafka.start(), rabbit.start()]);
      const env = {
        ...{ LOG: 'kafka', KAFKA_ADDR: kafka.address },
        RABBITMQ_URL: `amqp://guest:guest@${rabbit.address}`,
      };
      const disturb: FaultPlan['disturb'] = async ({ annotations }, push) => {
        // RabbitMQ 3.10 writes the names of its quorum queues late: without its name a queue has no messages after a crash.
        await rabbit.stop();
        await rabbit.start();
        const isDeployed = () => annotations.some(({ tags }) => tags.includes('deployed'));
        await waitUntil(() => (isDeployed() ? undefined : 'no deployment has come through both'));
        await push();
        await Promise.all([push(), kafka.restart(), rabbit.restart()]);
      };
      await runFaults({ env, disturb }, nothingIsMissing);
    }),
  ),
);
