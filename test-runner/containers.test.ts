import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..');
const FILES = [
  'docker-compose.yaml',
  'caddy/compose.https.yaml',
  ...globSync(['observe/compose.yaml', 'examples/*/{,*/}*.yaml'], { cwd: ROOT }).filter((file) =>
    /^services:/m.test(readFileSync(join(ROOT, file), 'utf8')),
  ),
];
/** Its program has the capability. */
const CAPABILITIES: Record<string, string[]> = { caddy: ['NET_BIND_SERVICE'] };

interface Container {
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  privileged?: boolean;
  read_only?: boolean | string;
  mem_limit?: string;
  pids_limit?: number;
  cpus?: string;
  ports?: string[];
  environment?: Record<string, unknown>;
}

const containers = FILES.flatMap((file) => {
  const { services } = parse(readFileSync(join(ROOT, file), 'utf8'), { merge: true });
  return Object.entries<Container>(services).map(([name, container]) => ({ file, name, container }));
});

test('the files are all that start containers', () => {
  expect(FILES.length).toBeGreaterThan(10);
  expect(new Set(containers.map(({ name }) => name))).toContain('grafana');
});

test.each(containers)(
  '$name of $file has limits and no rights that it does not need',
  ({ name, container }) => {
    expect(container.cap_drop).toEqual(['ALL']);
    expect(container.cap_add).toEqual(CAPABILITIES[name]);
    expect(container.security_opt).toEqual(['no-new-privileges:true']);
    expect(container.privileged).toBeUndefined();
    expect(container.mem_limit).toMatch(/^(\d+[mg]|\$\{ELASTICSEARCH_MEMORY:-1g\})$/);
    expect(container.pids_limit).toBeGreaterThan(0);
    expect(container.cpus).toMatch(/^\$\{CONTAINER_CPUS:-1\}$/);
    expect(String(container.read_only)).toMatch(/^(true|\$\{READ_ONLY:-true\})$/);
  },
);

test.each(containers)('$name of $file has no default password', ({ container }) => {
  const given = JSON.stringify(container.environment ?? {});
  expect(given).not.toMatch(/:\/\/[^/"]*:[^/"]*@/);
  expect(given).not.toMatch(/(PASSWORD|SECRET|TOKEN)":"[^"$]/);
});
