// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `docker stack deploy` fills them in
import type { Service } from './compose-file.ts';
import { SCALABLE } from './ports.ts';

const secretName = (folder: string, file: string) => `${folder}-${file}`;

/** The stack of docker-compose.yaml for Docker Swarm. */
export function renderStack(services: readonly Service[]) {
  const networks = [...new Set(services.flatMap((service) => service.networks))];
  const secrets = services.flatMap(({ secrets }) =>
    (secrets?.files ?? []).map((file) => secretName(secrets?.folder ?? '', file)),
  );
  const stateful = services.filter(({ data }) => data);
  return {
    services: Object.fromEntries(services.map((service) => [service.name, stackService(service)])),
    // `public` has a way out, and nginx's port.
    networks: Object.fromEntries(
      networks.map((name) => [name, { driver: 'overlay', ...(name !== 'public' && { internal: true }) }]),
    ),
    configs: { 'nats-conf': { file: '../nats/nats.conf' } },
    secrets: Object.fromEntries([...new Set(secrets)].map((name) => [name, { external: true }])),
    volumes: Object.fromEntries(stateful.map(({ name }) => [`${name}-data`, null])),
  };
}

function stackService(service: Service) {
  const { name, environment, secrets, data, command } = service;
  const isScalable = SCALABLE.includes(name);
  const passedOn = service.optionalSettings.map((key) => [key, `\${${key}:-}`]);
  return {
    image: imageOf(service),
    ...(command && { command }),
    networks: service.networks,
    ...(name === 'nginx' && { ports: ['${MEOWER_PORT:-8080}:8080'] }),
    environment: { ...environment, ...Object.fromEntries(passedOn) },
    ...(secrets && {
      secrets: secrets.files.map((file) => ({
        source: secretName(secrets.folder, file),
        target: `${secrets.target}/${file}`,
        mode: 0o444,
      })),
    }),
    ...(name === 'nats' && { configs: [{ source: 'nats-conf', target: '/etc/nats/nats-server.conf' }] }),
    volumes: [
      ...(data ? [`${name}-data:${data}`] : []),
      ...(environment.BLOCKED_WORDS_FILE ? ['${BLOCKED_WORDS_FILE:-/dev/null}:/run/blocked-words:ro'] : []),
    ],
    ...(service.readOnly && { read_only: true }),
    tmpfs: [...service.tmpfs, ...(name === 'nginx' ? ['/run/meower'] : [])],
    cap_drop: ['ALL'],
    init: !data && name !== 'nginx',
    ...(Object.keys(service.sysctls).length > 0 && { sysctls: service.sysctls }),
    ...(Object.keys(service.ulimits).length > 0 && { ulimits: service.ulimits }),
    stop_grace_period: `${service.stopSeconds}s`,
    ...(service.healthTest.length > 0 && {
      // A `$` of the test is not of this file.
      healthcheck: {
        test: service.healthTest.map((part) => part.replaceAll('$', '$$$$')),
        interval: '5s',
        timeout: '5s',
        start_period: '2m',
      },
    }),
    deploy: {
      replicas: isScalable ? 2 : 1,
      resources: { limits: { memory: service.memory, cpus: '1' } },
      restart_policy:
        name === 'migrate' ? { condition: 'on-failure', delay: '2s' } : { condition: 'any', delay: '2s' },
      // Another replica serves before the old one stops; data have one owner at a time.
      update_config: {
        order: isScalable ? 'start-first' : 'stop-first',
        failure_action: 'rollback',
        monitor: '10s',
      },
      // A local volume is on one machine.
      ...(data && { placement: { constraints: [`node.labels.meower.${name} == true`] } }),
    },
  };
}

/** `MEOWER_IMAGES` and `MEOWER_VERSION` name published images. */
function imageOf({ name, image, imageSetting }: Service): string {
  return image.startsWith('meower-')
    ? `\${MEOWER_IMAGES:-meower}-${name}:\${MEOWER_VERSION:-latest}`
    : imageSetting;
}
