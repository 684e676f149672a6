import { deepEqual, match } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
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
            env: { name: string; value: string }[];
            readinessProbe: { exec: { command: string[] } };
            volumeMounts: { name: string; mountPath: string }[];
          },
        ];
      };
    };
  };
}

const MANIFESTS = join(import.meta.dirname, '../../deploy/kubernetes/base/meower.yaml');
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
    ...env.flatMap((one) => ['--env', `${one.name}=${one.value}`]),
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

async function deployment(wanted: string): Promise<Deployment> {
  const documents = parseAllDocuments(await readFile(MANIFESTS, 'utf8')).map((one) => one.toJS());
  return documents.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === wanted);
}
