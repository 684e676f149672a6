import { deepEqual, match } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { until } from './checks.ts';
import { docker } from './compose.ts';

interface Deployment {
  kind: string;
  metadata: { name: string };
  spec: {
    template: {
      spec: {
        securityContext: { runAsUser: number };
        containers: [
          {
            command: string[];
            env: { name: string; value?: string }[];
            readinessProbe: { exec: { command: string[] } };
            volumeMounts: { name: string; mountPath: string }[];
          },
        ];
      };
    };
  };
}

const BASE = join(import.meta.dirname, '../../deploy/kubernetes/base');
const UPSTREAMS = ['meow', 'query', 'pusher', 'elasticsearch'];

/**
 * The images of nginx start as Kubernetes starts them: its command, settings and user, with read-only files. They
 * answer the readiness probe, without Docker's name server.
 */
export async function startsAsInKubernetes(name: string): Promise<void> {
  const { template } = (await deployment(name)).spec;
  const [{ command, env, readinessProbe, volumeMounts }] = template.spec.containers;
  const [entrypoint = '', ...args] = command;
  const empty = volumeMounts.filter((mount) => mount.name.startsWith('empty-'));
  const container = await docker(
    ...['run', '--detach', '--read-only', '--cap-drop', 'ALL', '--entrypoint', entrypoint],
    ...['--user', String(template.spec.securityContext.runAsUser)],
    ...empty.flatMap(({ mountPath }) => ['--tmpfs', `${mountPath}:mode=1777`]),
    ...UPSTREAMS.flatMap((upstream) => ['--add-host', `${upstream}:127.0.0.1`]),
    ...(await settingsOf(env)).flatMap((setting) => ['--env', setting]),
    ...[`${process.env.COMPOSE_PROJECT_NAME}-${name}:latest`, ...args],
  );
  const id = container.trim();
  try {
    const probe = () =>
      docker('exec', id, ...readinessProbe.exec.command).then(
        () => true,
        () => false,
      );
    await until(probe);
    const file = name === 'nginx' ? '/tmp/nginx.conf' : '/tmp/proxy.conf';
    const configuration = await docker('exec', id, 'cat', file);
    match(configuration, /server [a-z]+:\d+/);
    deepEqual(configuration.match(/^.*\bresolver?\b.*$/gm)?.filter((line) => !line.includes('#')) ?? [], []);
  } finally {
    await docker('rm', '--force', id);
  }
}

/** With the defaults of the base; its literals are `NAME=value`, too. */
async function settingsOf(env: { name: string; value?: string }[]): Promise<string[]> {
  const file: { configMapGenerator: [{ literals: string[] }] } = parse(
    await readFile(join(BASE, 'kustomization.yaml'), 'utf8'),
  );
  const [{ literals }] = file.configMapGenerator;
  return env.flatMap(({ name, value }) =>
    value === undefined ? literals.filter((literal) => literal.startsWith(`${name}=`)) : [`${name}=${value}`],
  );
}

async function deployment(wanted: string): Promise<Deployment> {
  const documents = parseAllDocuments(await readFile(join(BASE, 'meower.yaml'), 'utf8')).map((one) =>
    one.toJS(),
  );
  return documents.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === wanted);
}
