// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `docker stack deploy` fills them in
import { createHash } from 'node:crypto';
import type { Service } from './compose-file.ts';
import { SCALABLE } from './ports.ts';

const secretName = (folder: string, file: string) => `${folder}-${file}`;

/** The stack of docker-compose.yaml for Docker Swarm. */
export function renderStack(services: readonly Service[], natsConf: string) {
  const networks = networksOf(services);
  // A config cannot change: another content needs another name.
  const natsConfName = `nats-conf-${createHash('sha256').update(natsConf).digest('hex').slice(0, 8)}`;
  return {
    services: Object.fromEntries(
      services.map((service) => [
        service.name,
        {
          ...stackService(service),
          ...(service.name === 'nats' && {
            configs: [{ source: natsConfName, target: '/etc/nats/nats-server.conf' }],
          }),
        },
      ]),
    ),
    // `public` has a way out, and nginx's port.
    networks: Object.fromEntries(
      networks.map((name) => [name, { driver: 'overlay', ...(name !== 'public' && { internal: true }) }]),
    ),
    configs: { [natsConfName]: { file: '../nats/nats.conf' } },
    secrets: secretsOf(services),
    volumes: Object.fromEntries(services.flatMap(volumesOf).map(([name]) => [name, null])),
  };
}

/** A stack of its own with one job, which runs a command of operators in the networks of the other stack. */
export function renderOps(services: readonly Service[]) {
  return {
    services: Object.fromEntries(
      services.map((service) => [service.name, { ...stackService(service), command: '${OPS:-status}' }]),
    ),
    networks: Object.fromEntries(
      networksOf(services).map((name) => [name, { external: true, name: `\${STACK:-meower}_${name}` }]),
    ),
    secrets: secretsOf(services),
  };
}

function networksOf(services: readonly Service[]): string[] {
  return [...new Set(services.flatMap((service) => service.networks))];
}

/** Docker keeps their content; `MEOWER_SECRETS` names a newer set of them. */
function secretsOf(services: readonly Service[]) {
  const names = services.flatMap(({ secrets }) =>
    secrets.flatMap(({ folder, files }) => files.map((file) => secretName(folder, file))),
  );
  return Object.fromEntries(
    [...new Set(names)].map((name) => [name, { external: true, name: `\${MEOWER_SECRETS:-meower}-${name}` }]),
  );
}

/** The names of its volumes, and where they are mounted. */
function volumesOf({ name, data, state }: Service): [string, string][] {
  return [
    ...(data ? [[`${name}-data`, data] satisfies [string, string]] : []),
    ...(state ? [[`${name}-state`, state] satisfies [string, string]] : []),
  ];
}

function stackService(service: Service) {
  const { name, secrets, command, settings } = service;
  return {
    image: imageOf(service),
    ...(command && { command }),
    networks: service.networks,
    // Of each machine: through the routing mesh of Swarm nginx would see one address for all clients.
    ...(name === 'nginx' && {
      ports: [{ target: 8080, published: '${MEOWER_PORT:-8080}', protocol: 'tcp', mode: 'host' }],
    }),
    environment: settings,
    ...(secrets.length > 0 && {
      secrets: secrets.flatMap(({ folder, files, target }) =>
        files.map((file) => ({
          source: secretName(folder, file),
          target: `${target}/${file}`,
          mode: 0o444,
        })),
      ),
    }),
    volumes: [
      ...volumesOf(service).map(([volume, path]) => `${volume}:${path}`),
      // `tmpfs`, the other way to say it, is ignored.
      ...[...service.tmpfs, ...(name === 'nginx' ? ['/run/meower'] : [])].map((target) => ({
        type: 'tmpfs',
        target,
      })),
      ...(settings.BLOCKED_WORDS_FILE ? ['${BLOCKED_WORDS_FILE:-/dev/null}:/run/blocked-words:ro'] : []),
    ],
    ...(service.readOnly && { read_only: true }),
    cap_drop: ['ALL'],
    ...(service.init && { init: true }),
    ...(Object.keys(service.sysctls).length > 0 && { sysctls: service.sysctls }),
    ...(Object.keys(service.ulimits).length > 0 && { ulimits: service.ulimits }),
    logging: service.logging,
    stop_grace_period: `${service.stopSeconds}s`,
    ...(service.healthTest.length > 0 && { healthcheck: healthCheck(service) }),
    deploy: {
      // nginx asks for the addresses of all replicas again and again, and tries another one if one fails. Behind one
      // virtual address it could not; and that would drop connections that are idle for 15 minutes.
      endpoint_mode: 'dnsrr',
      ...scheduling(service),
      resources: {
        limits: { memory: service.memorySetting, cpus: '${CONTAINER_CPUS:-1}', pids: service.pids },
      },
    },
  };
}

/**
 * Swarm stops what is not healthy. So a service is healthy when it has been ready once, and answers: it need not be
 * replaced because a dependency is unavailable. Data may take hours to recover before they can be read.
 */
function healthCheck({ healthTest, data }: Service) {
  const isService = healthTest.some((part) => part.includes('/readyz'));
  // A `$` of the test is not of this file.
  const test = isService
    ? ['CMD', 'node', '-e', READY_ONCE]
    : healthTest.map((part) => part.replaceAll('$', '$$$$'));
  return {
    test,
    interval: '5s',
    timeout: '5s',
    retries: data ? 24 : 6,
    start_period: data ? '24h' : '10m',
  };
}

const READY_ONCE = [
  "const { existsSync, writeFileSync } = require('node:fs');",
  "const path = existsSync('/tmp/was-ready') ? 'healthz' : 'readyz';",
  "fetch('http://127.0.0.1:8080/' + path).then((r) => {",
  "if (r.ok) writeFileSync('/tmp/was-ready', '');",
  'process.exit(r.ok ? 0 : 1);',
  '}, () => process.exit(1))',
].join(' ');

function scheduling({ name, data, healthTest }: Service) {
  // Runs once, at each deployment.
  if (healthTest.length === 0)
    return {
      mode: 'replicated-job',
      restart_policy: { condition: name === 'migrate' ? 'on-failure' : 'none', delay: '2s' },
    };
  const restartPolicy = { restart_policy: { condition: 'any', delay: '2s' } };
  // A machine has the port once, and a local volume is on one machine.
  const placement = { placement: { constraints: [`node.labels.meower.${name} == true`] } };
  if (name === 'nginx')
    return { mode: 'global', ...restartPolicy, ...updates('stop-first', '10s'), ...placement };
  if (data) return { replicas: 1, ...restartPolicy, ...updates('stop-first'), ...placement };
  // Another replica serves before the old one stops.
  const replicas = `\${${name.toUpperCase().replaceAll('-', '_')}_REPLICAS:-2}`;
  return { replicas: SCALABLE.includes(name) ? replicas : 1, ...restartPolicy, ...updates('start-first') };
}

function updates(order: 'start-first' | 'stop-first', delay?: string) {
  const config = { order, ...(delay && { delay }) };
  return {
    update_config: { ...config, failure_action: 'rollback', monitor: '10s' },
    rollback_config: config,
  };
}

/** `MEOWER_IMAGES` and `MEOWER_VERSION` name published images. */
function imageOf({ name, image, imageSetting }: Service): string {
  return image.startsWith('meower-')
    ? `\${MEOWER_IMAGES:-meower}-${name}:\${MEOWER_VERSION:-latest}`
    : imageSetting;
}
