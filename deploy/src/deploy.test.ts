import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { interpolate, ROOT } from './compose-file.ts';
import { renderFiles } from './files.ts';

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec?: {
    ports?: { port: number }[];
    clusterIP?: string;
    template?: { spec: { containers: [{ env?: { name: string; value: string }[] }]; volumes: object[] } };
  };
}
interface ComposeService {
  profiles?: string[];
  environment?: Record<string, string | null>;
}

const read = (path: string) => readFile(join(ROOT, path), 'utf8');
const compose: { services: Record<string, ComposeService> } = parse(await read('docker-compose.yaml'), {
  merge: true,
});
const stack = parse(await read('deploy/stack.yaml')) as {
  services: Record<string, { environment: Record<string, string>; secrets?: { target: string }[] }>;
};
const base = await manifestsIn('deploy/kubernetes/base/meower.yaml');
const names = Object.keys(compose.services).filter(
  (name) => name !== 'secrets' && !compose.services[name]?.profiles,
);

async function manifestsIn(path: string): Promise<Manifest[]> {
  return parseAllDocuments(await read(path)).map((document) => document.toJS());
}

const workloads = base.filter(({ spec }) => spec?.template);
const environmentOf = (name: string) => {
  const found =
    workloads.find(({ metadata }) => metadata.name === name)?.spec?.template?.spec.containers[0].env ?? [];
  return Object.fromEntries(found.map(({ name, value }) => [name, value]));
};

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
  expect(stack.services[name]?.environment).toMatchObject(expected);
  expect(Object.keys(stack.services[name]?.environment ?? {}).sort()).toEqual(Object.keys(settings).sort());
  expect(environmentOf(name)).toMatchObject(expected);
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
      .filter((value) => value.startsWith('/run/secrets/'))
      .map((file) => ({ name, file })),
  );
  expect(named.length).toBeGreaterThan(5);
  for (const { name, file } of named) {
    const targets = stack.services[name]?.secrets?.map(({ target }) => target);
    // The program of migrations looks in the folder of its own too.
    expect(targets?.map((target) => target.replace('/migrate/', '/'))).toContain(file);
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
