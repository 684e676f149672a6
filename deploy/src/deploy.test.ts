// biome-ignore-all lint/suspicious/noTemplateCurlyInString: those of `docker stack deploy`
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { healthRoutes } from '../../shared/src/http/health-routes.ts';
import { interpolate, ROOT, readServices } from './compose-file.ts';
import { renderFiles } from './files.ts';
import { renderKubernetes } from './kubernetes.ts';
import { renderStack } from './stack.ts';

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec?: {
    ports?: { port: number }[];
    clusterIP?: string;
    replicas?: number;
    scaleTargetRef?: { name: string };
    template?: { spec: PodSpec };
  };
}
interface Probe {
  httpGet?: { path: string };
}
interface PodSpec {
  terminationGracePeriodSeconds: number;
  containers: [
    {
      env?: {
        name: string;
        value?: string;
        valueFrom?: { configMapKeyRef: { key: string; optional?: true } };
      }[];
      livenessProbe?: Probe;
      readinessProbe?: Probe;
      startupProbe?: Probe;
      lifecycle?: { preStop: { exec: { command: string[] } } };
    },
  ];
  volumes: object[];
}
interface ComposeService {
  profiles?: string[];
  environment?: Record<string, string | null>;
  tmpfs?: string[];
}
interface StackService {
  environment: Record<string, string | null>;
  secrets?: { source: string; target: string }[];
  configs?: { source: string }[];
  volumes: (string | { type: string; target: string })[];
  ports?: { mode: string }[];
  healthcheck?: { test: string[]; start_period: string };
  deploy: {
    mode?: string;
    endpoint_mode: string;
    replicas?: string | number;
    update_config?: { order: string };
    rollback_config?: { order: string };
  };
}

const read = (path: string) => readFile(join(ROOT, path), 'utf8');
const compose: { services: Record<string, ComposeService> } = parse(await read('docker-compose.yaml'), {
  merge: true,
});
const stack = parse(await read('deploy/stack.yaml')) as {
  services: Record<string, StackService>;
  secrets: Record<string, { name: string }>;
};
const base = await manifestsIn('deploy/kubernetes/base/meower.yaml');
const names = Object.keys(compose.services).filter(
  (name) => !['secrets', 'edge'].includes(name) && !compose.services[name]?.profiles,
);

async function manifestsIn(path: string): Promise<Manifest[]> {
  return parseAllDocuments(await read(path)).map((document) => document.toJS());
}

const workloads = base.filter(({ spec }) => spec?.template);
const podOf = (name: string) =>
  workloads.find(({ metadata }) => metadata.name === name)?.spec?.template?.spec as PodSpec; // each has one
const kustomization: { configMapGenerator: [{ literals: string[] }] } = parse(
  await read('deploy/kubernetes/base/kustomization.yaml'),
);
const defaults = Object.fromEntries(
  kustomization.configMapGenerator[0].literals.map((literal) => literal.split(/=(.*)/s, 2)),
) as Record<string, string>;
/** Of a pod without settings of the operator. */
const environmentOf = (name: string) =>
  Object.fromEntries(
    (podOf(name).containers[0].env ?? []).flatMap(({ name, value, valueFrom }) => {
      const given = value ?? defaults[valueFrom?.configMapKeyRef.key ?? ''];
      return given === undefined ? [] : [[name, given]];
    }),
  );

test('the files are those that docker-compose.yaml gives; otherwise: node deploy/src/main.ts', async () => {
  for (const [path, content] of Object.entries(await renderFiles()))
    expect(await read(path), path).toBe(content);
});

test('all have the same services', () => {
  expect(Object.keys(stack.services).sort()).toEqual(names.sort());
  expect(workloads.map(({ metadata }) => metadata.name).sort()).toEqual(names.sort());
});

test.each(names)('%s has the same settings everywhere', (name) => {
  const settings = compose.services[name]?.environment ?? {};
  const given = Object.entries(settings).filter(([, value]) => value !== null);
  const expected = Object.fromEntries(given.map(([key, value]) => [key, interpolate(String(value))]));
  expect(environmentOf(name)).toMatchObject({ ...expected, ...(expected.LEAVE_MS && { LEAVE_MS: '5000' }) });
});

test.each(names)('each setting of %s can be changed everywhere', (name) => {
  const settings = Object.entries(compose.services[name]?.environment ?? {});
  const written = settings.map(([key, value]) => [key, value === null ? null : String(value)]);
  expect(stack.services[name]?.environment).toEqual(Object.fromEntries(written));
  const changeable = settings.filter(
    ([key, value]) => value === null || `${value}`.startsWith(`\${${key}:-`),
  );
  const references = (podOf(name).containers[0].env ?? []).flatMap(({ name, valueFrom }) =>
    valueFrom ? [[name, valueFrom.configMapKeyRef.key, valueFrom.configMapKeyRef.optional ?? false]] : [],
  );
  expect(references.sort()).toEqual(changeable.map(([key, value]) => [key, key, value === null]).sort());
});

test('a client reaches nginx of a stack with its own address, and nginx every replica with its own', () => {
  for (const [name, { deploy }] of Object.entries(stack.services))
    expect(deploy.endpoint_mode, name).toBe('dnsrr');
  expect(stack.services.nginx?.ports).toMatchObject([{ mode: 'host' }]);
  // A machine has the port once.
  expect(stack.services.nginx?.deploy).toMatchObject({
    mode: 'global',
    update_config: { order: 'stop-first' },
  });
});

test('a stack has the folders in memory that compose has, in a form that Swarm does not ignore', () => {
  for (const name of names) {
    const { volumes, ...service } = stack.services[name] as StackService; // "all have the same services"
    expect(Object.keys(service)).not.toContain('tmpfs');
    const targets = volumes.flatMap((one) => (typeof one === 'string' ? [] : [one.target]));
    expect(targets).toEqual(expect.arrayContaining(compose.services[name]?.tmpfs ?? []));
  }
});

test('a stack goes back to the version before as it went to the next one', () => {
  for (const { deploy } of Object.values(stack.services))
    expect(deploy.rollback_config?.order).toBe(deploy.update_config?.order);
  expect(stack.services.meow?.deploy).toMatchObject({
    replicas: '${MEOW_REPLICAS:-2}',
    update_config: { order: 'start-first' },
  });
  expect(stack.services.migrate?.deploy.mode).toBe('replicated-job');
});

test('probes ask for what the services serve', () => {
  const served = Object.keys(healthRoutes([], () => false).methods);
  for (const name of ['meow', 'query', 'pusher']) {
    const [container] = podOf(name).containers;
    const { livenessProbe, readinessProbe, startupProbe } = container;
    const paths = [livenessProbe, readinessProbe, startupProbe].map((probe) => probe?.httpGet?.path);
    expect(paths).toEqual(['/healthz', '/readyz', '/healthz']);
    const inStack = [...JSON.stringify(stack.services[name]?.healthcheck?.test).matchAll(/'(\w+z)'/g)];
    expect(served).toEqual(expect.arrayContaining([...paths, ...inStack.map(([, path]) => `/${path}`)]));
    expect(inStack.length).toBe(2);
  }
});

test('Swarm and Kubernetes let data recover for hours', () => {
  for (const name of ['postgres', 'nats', 'elasticsearch']) {
    expect(stack.services[name]?.healthcheck?.start_period).toBe('24h');
    expect(Object.keys(podOf(name).containers[0]).filter((key) => key.endsWith('Probe'))).toEqual([
      'readinessProbe',
    ]);
  }
});

test('another nats.conf is another config of the stack, and another pod', async () => {
  const services = await readServices();
  const confOf = (conf: string) => renderStack(services, conf).services.nats?.configs;
  expect(confOf('port: 1')).not.toEqual(confOf('port: 2'));
  expect(renderKubernetes(services, 'port: 1')).not.toEqual(renderKubernetes(services, 'port: 2'));
  const podIn = (conf: string) =>
    renderKubernetes(services, conf).find(
      ({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'nats',
    );
  expect(podIn('port: 1')).not.toEqual(podIn('port: 2'));
});

test('no manifest sets the replicas of what an autoscaler scales', () => {
  const scaled = base.flatMap(({ spec }) => (spec?.scaleTargetRef ? [spec.scaleTargetRef.name] : []));
  expect(scaled.length).toBeGreaterThan(2);
  const fixed = workloads.filter(({ metadata }) => scaled.includes(metadata.name));
  expect(fixed.map(({ spec }) => spec?.replicas)).toEqual(scaled.map(() => undefined));
});

test('every pod that requests come to goes on answering for a while when it is stopped', () => {
  for (const name of ['meow', 'query', 'pusher']) expect(Number(environmentOf(name).LEAVE_MS)).toBe(5000);
  for (const name of ['nginx', 'elasticsearch-proxy']) {
    const { containers, terminationGracePeriodSeconds } = podOf(name);
    expect(containers[0].lifecycle?.preStop.exec.command).toEqual(['sleep', '5']);
    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(10);
  }
});

test('each address that a setting names is a service of Kubernetes with that port', () => {
  const services = base.filter(({ kind }) => kind === 'Service');
  const ports = Object.fromEntries(
    services.map(({ metadata, spec }) => [metadata.name, spec?.ports?.[0]?.port]),
  );
  const addresses = names.flatMap((name) =>
    Object.entries(environmentOf(name)).flatMap(([key, value]) => (key.endsWith('_ADDRESS') ? [value] : [])),
  );
  expect(new Set(addresses)).toEqual(new Set(['nats:4222', 'elasticsearch-proxy:9200']));
  for (const address of addresses)
    expect(`${address.split(':')[0]}:${ports[address.split(':')[0] ?? '']}`).toBe(address);
  expect(ports.postgres).toBe(5432);
  // Without an address of its own, a name leads to a pod, and no longer after that pod was replaced.
  expect(services.filter(({ spec }) => spec?.clusterIP === 'None')).toEqual([]);
});

test('each file of a secret that a setting names is there', () => {
  const named = names.flatMap((name) =>
    Object.values(stack.services[name]?.environment ?? {})
      .filter((value) => value?.startsWith('/run/secrets/'))
      .map((file) => ({ name, file })),
  );
  expect(named.length).toBeGreaterThan(5);
  for (const { name, file } of named) {
    const targets = stack.services[name]?.secrets?.map(({ target }) => target);
    // The program of migrations looks in the folder of its own too.
    expect(targets?.map((target) => target.replace('/migrate/', '/'))).toContain(file);
    for (const { source } of stack.services[name]?.secrets ?? [])
      expect(stack.secrets[source]?.name).toBe(`\${MEOWER_SECRETS:-meower}-${source}`);
  }
});

/** Throws if the manifest does not have the schema of Kubernetes. */
async function validate(manifest: Manifest): Promise<void> {
  const [group, version] = manifest.apiVersion.includes('/') ? manifest.apiVersion.split('/') : ['', 'v1'];
  const path = `kubernetes-models/${group ? `${group}/` : ''}${version}`;
  // Each kind is a class with that name.
  const models = (await import(path)) as Record<string, new (manifest: Manifest) => { validate(): void }>;
  const Model = models[manifest.kind];
  if (!Model) throw new Error(`${manifest.apiVersion} has no ${manifest.kind}`);
  new Model(manifest).validate();
}

test.each([...base, ...(await manifestsIn('deploy/kubernetes/overlays/example/ingress.yaml'))])(
  '$kind $metadata.name is valid',
  async (manifest) => {
    await validate(manifest);
  },
);

test('a manifest with a wrong or unknown field is not valid', async () => {
  const deployment = base.find(({ kind }) => kind === 'Deployment') as Manifest; // there are some
  const wrong = structuredClone(deployment);
  Object.assign(wrong.spec ?? {}, { replicas: 'two' });
  await expect(validate(wrong)).rejects.toThrow(/replicas/);
});
