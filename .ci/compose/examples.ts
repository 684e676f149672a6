import { deepEqual, notEqual, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentedCommands, runDocumented } from '../../shared/src/testing/documented-commands.ts';
import { check, summary } from './checks.ts';
import { compose, docker } from './compose.ts';

const root = join(import.meta.dirname, '../..');
const { PORT_PREFIX = '', WITHOUT = '', MAIL_IMAGE = '' } = process.env;
const without = WITHOUT.split(',');

for (const name of process.argv.slice(2)) await checkExample(name);
process.exitCode = summary() ? 0 : 1;

/** In a compose project of its own: one that runs already keeps its containers and its data. */
async function checkExample(name: string): Promise<void> {
  console.log(name);
  const folder = join(root, 'examples', name);
  process.env.COMPOSE_FILE = join(folder, 'compose.yaml');
  process.env.COMPOSE_PROJECT_NAME = `meower-${name}`;
  const remove = () => compose('down', '--volumes', '--remove-orphans', '--timeout', '30');
  await remove();
  let isHealthy = false;
  await check('builds and becomes healthy', async () => {
    await compose('build');
    const services = (await compose('config', '--services')).trim().split('\n');
    const started = services.filter((service) => !without.includes(service));
    await compose('up', '--detach', '--wait', '--wait-timeout', '240', ...started);
    isHealthy = true;
  });
  if (isHealthy) {
    await checkReadme(join(folder, 'README.md'));
    await check('no process of a service runs as root, and each has a memory limit', checkLimits);
  } else {
    console.log(await compose('ps', '--all'));
    console.log(await compose('logs', '--tail', '30'));
  }
  await remove();
}

async function checkReadme(file: string): Promise<void> {
  const commands = documentedCommands(file, 'compose');
  ok(commands.length > 0, `${file} has no commands`);
  const ports = new Set(readFileSync(file, 'utf8').match(/(?<=\blocalhost:)\d+/g));
  const addresses = Object.fromEntries(
    [...ports].map((port) => [`localhost:${port}`, `localhost:${PORT_PREFIX}${port}`]),
  );
  // maildev, where Mailpit cannot be had, answers elsewhere and in another form.
  const isMaildev = MAIL_IMAGE.startsWith('maildev/');
  if (isMaildev) Object.assign(addresses, { '/api/v1/messages': '/email', '{…"MessageID"': '[…"messageId"' });
  for (const command of commands)
    await check(command.command, () => runDocumented(command, { cwd: root, addresses }));
}

async function checkLimits(): Promise<void> {
  const containers = (await compose('ps', '--quiet')).trim().split('\n');
  const unlimited: string[] = [];
  for (const container of containers) {
    const format = '{{ index .Config.Labels "com.docker.compose.service" }} {{ .HostConfig.Memory }}';
    const [service = '', memory] = (await docker('inspect', '--format', format, container)).trim().split(' ');
    if (memory === '0') unlimited.push(service);
    // Its image has no other user; it has no capabilities instead.
    if (service === 'nats') continue;
    const processes = (await docker('top', container, '-eo', 'pid,uid,comm')).trim().split('\n').slice(1);
    notEqual(processes.length, 0);
    const ofRoot = processes.filter((line) => line.trim().split(/\s+/)[1] === '0');
    deepEqual(ofRoot, [], service);
  }
  deepEqual(unlimited, []);
}
