import { createHash } from 'node:crypto';
import type { Service } from './compose-file.ts';
import { PORTS, SCALABLE } from './ports.ts';

type Manifest = { apiVersion: string; kind: string; metadata: { name: string } } & Record<string, unknown>;

/** The users of the images; docker-compose.yaml leaves them to the images. */
const USERS: Record<string, number> = { nginx: 101, 'elasticsearch-proxy': 101, postgres: 999 };
const NODE_USER = 1000;
/** A volume may have `lost+found` at its top, and Postgres wants an empty folder. */
const MORE_SETTINGS: Record<string, Record<string, string>> = {
  postgres: { PGDATA: '/var/lib/postgresql/data/pgdata' },
};
/** Longer than in compose: every machine of a cluster has to hear that a pod leaves. */
const LEAVE_S = 5;
const OTHER_DEFAULTS: Record<string, string> = { LEAVE_MS: String(LEAVE_S * 1000) };
/** Cores that a replica uses on average, above which another one is started. Node uses one for its work. */
const CPU_PER_REPLICA = '700m';
const METRICS_PORT = 'METRICS_PORT';
/** Sockets of one pusher, and unhandled messages for one query, above which another replica is started. */
const SOCKETS_PER_PUSHER = '8000';
const LAG_PER_QUERY = '2000';
/**
 * The address of a service does not change in a cluster, and its DNS server is not that of Docker: nginx resolves
 * names once, when it starts.
 */
const RESOLVE_ONCE = "sed -e 's/ resolve / /' -e 's/ resolve;/;/' -e '/^ *resolver/d'";
const COMMANDS: Record<string, string> = {
  nginx: `${RESOLVE_ONCE} -e 's#include mime.types#include /etc/nginx/mime.types#' /etc/nginx/nginx.conf >/tmp/nginx.conf && exec /docker-entrypoint.sh nginx -c /tmp/nginx.conf -g 'daemon off;'`,
  'elasticsearch-proxy': `mkdir -p /tmp/templates && ${RESOLVE_ONCE} /etc/nginx/templates/proxy.conf.template >/tmp/templates/proxy.conf.template && NGINX_ENVSUBST_TEMPLATE_DIR=/tmp/templates exec /docker-entrypoint.sh nginx -c /tmp/proxy.conf -g 'daemon off;'`,
};

/**
 * The services of docker-compose.yaml as a base for kustomize. Without the `sysctls`, which a kubelet refuses
 * unless its administrator allows them.
 */
export function renderKubernetes(services: readonly Service[], natsConf: string): Manifest[] {
  const networks = [...new Set(services.flatMap((service) => service.networks))].filter(
    (name) => name !== 'public',
  );
  return [
    configMap('nats-conf', { 'nats-server.conf': natsConf }),
    configMap('blocked-words', { 'blocked-words': '' }),
    ...services.flatMap((service) => manifestsOf(service, natsConf)),
    ...networks.map(networkPolicy),
    dnsPolicy(),
    publicPolicy(),
  ];
}

/**
 * The secrets are files in `secrets/`, written by the program of that name (docs/deployment.md). The names of secrets and
 * settings end in a hash of their content: a change replaces the pods that use them.
 */
export function renderKustomization(services: readonly Service[]) {
  const folders = new Map(
    services.flatMap(({ secrets }) => secrets.map(({ folder, files }) => [folder, files] as const)),
  );
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['meower.yaml'],
    configMapGenerator: [
      {
        name: 'settings',
        literals: Object.entries(defaultsOf(services)).map(([key, value]) => `${key}=${value}`),
      },
    ],
    secretGenerator: [...folders].map(([name, files]) => ({
      name,
      files: files.map((file) => `secrets/${name}/${file}`),
    })),
  };
}

/** The settings of docker-compose.yaml that have a default. An overlay may change them, and add those without one. */
function defaultsOf(services: readonly Service[]): Record<string, string> {
  const defaults = services.flatMap(({ environment, settings }) =>
    Object.entries(environment).filter(([name]) => isSetting(name, settings[name])),
  );
  return { ...Object.fromEntries(defaults), ...OTHER_DEFAULTS };
}

function isSetting(name: string, value: string | null | undefined): boolean {
  return value === null || value?.startsWith(`\${${name}:-`) === true;
}

function manifestsOf(service: Service, natsConf: string): Manifest[] {
  const { name } = service;
  const port = PORTS[name];
  if (port === undefined) return [job(service)];
  const scalable = SCALABLE.includes(name);
  return [
    kubernetesService(service, port),
    scalable ? deployment(service, port) : statefulSet(service, port, natsConf),
    ...(scalable ? [disruptionBudget(name), autoscaler(name)] : []),
  ];
}

function configMap(name: string, data: Record<string, string>): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** With an address that stays, also where there is one pod: nginx asks for it once. */
function kubernetesService({ name }: Service, port: number): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: 'main', port, targetPort: 'main' }] },
  };
}

function deployment(service: Service, port: number): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: service.name },
    spec: {
      // The autoscaler decides how many there are.
      selector: { matchLabels: { app: service.name } },
      // Another one is ready before an old one stops.
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: podTemplate(service, port),
    },
  };
}

function statefulSet(service: Service, port: number, natsConf: string): Manifest {
  const { metadata, spec } = podTemplate(service, port);
  // Another configuration replaces the pod.
  const hash = createHash('sha256').update(natsConf).digest('hex').slice(0, 8);
  const annotations = service.name === 'nats' && { annotations: { 'meower/nats-conf': hash } };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: service.name },
    spec: {
      serviceName: service.name,
      replicas: 1,
      selector: { matchLabels: { app: service.name } },
      template: { metadata: { ...metadata, ...annotations }, spec },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
        },
      ],
    },
  };
}

function job(service: Service): Manifest {
  const { spec, metadata } = podTemplate(service, undefined);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: service.name },
    spec: { backoffLimit: 100, template: { metadata, spec: { ...spec, restartPolicy: 'OnFailure' } } },
  };
}

function podTemplate(service: Service, port: number | undefined) {
  const { name } = service;
  const user = USERS[name] ?? NODE_USER;
  const networkLabels = service.networks.map((network) => [networkLabel(network), 'true']);
  const metricsPort = service.environment[METRICS_PORT];
  const scraped = metricsPort && {
    annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': metricsPort },
  };
  return {
    metadata: { labels: { app: name, ...Object.fromEntries(networkLabels) }, ...scraped },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: service.stopSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        runAsGroup: user,
        fsGroup: user,
        // Not every file of a large volume at each start.
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...(SCALABLE.includes(name) && {
        topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((key) =>
          spread(name, key),
        ),
      }),
      containers: [container(service, port)],
      volumes: volumesOf(service),
    },
  };
}

function spread(app: string, topologyKey: string) {
  return {
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { app } },
    // Pods of a version among themselves: those that it replaces are about to go.
    matchLabelKeys: ['pod-template-hash'],
  };
}

function container(service: Service, port: number | undefined) {
  const { name, environment } = service;
  const memory = service.memory.replace(/m$/, 'Mi').replace(/g$/, 'Gi');
  const metricsPort = Number(environment[METRICS_PORT]);
  const command = COMMANDS[name];
  return {
    name,
    image: service.image,
    ...(command && { command: ['/bin/sh', '-c', command] }),
    ...(service.command && { args: service.command }),
    ...(port !== undefined && {
      ports: [
        { name: 'main', containerPort: port },
        ...(metricsPort ? [{ name: 'metrics', containerPort: metricsPort }] : []),
      ],
    }),
    env: environmentOf(service),
    resources: { requests: { cpu: '100m', memory }, limits: { memory } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: service.readOnly,
      capabilities: { drop: ['ALL'] },
    },
    ...(port !== undefined && probes(service)),
    // nginx closes its port as soon as it is told to stop. The services leave by themselves (LEAVE_MS).
    ...(name in COMMANDS && { lifecycle: { preStop: { exec: { command: ['sleep', String(LEAVE_S)] } } } }),
    volumeMounts: mountsOf(service),
  };
}

function environmentOf({ name, environment, settings }: Service) {
  const entries = Object.entries({ ...settings, ...environment, ...MORE_SETTINGS[name] });
  return entries.map(([key, value]) =>
    isSetting(key, settings[key])
      ? {
          name: key,
          valueFrom: {
            configMapKeyRef: { name: 'settings', key, ...(value === null && { optional: true }) },
          },
        }
      : { name: key, value },
  );
}

function probes({ healthTest }: Service) {
  const [kind, ...rest] = healthTest;
  const timings = { periodSeconds: 5, timeoutSeconds: 5 };
  // The services of this project: their own endpoints, by the kubelet.
  if (healthTest.some((part) => part.includes('/readyz'))) {
    const get = (path: string) => ({ httpGet: { path, port: 'main' }, ...timings });
    return {
      startupProbe: { ...get('/healthz'), failureThreshold: 24 },
      readinessProbe: { ...get('/readyz'), failureThreshold: 1 },
      livenessProbe: { ...get('/healthz'), failureThreshold: 6 },
    };
  }
  const exec = { command: kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...rest] : rest };
  // No other probe: it would stop a Postgres or Elasticsearch that recovers, which may take hours.
  return { readinessProbe: { exec, ...timings } };
}

function volumesOf(service: Service) {
  const { name, secrets } = service;
  const empty = emptyFolders(service).map((_, i) => ({ name: `empty-${i}`, emptyDir: { medium: 'Memory' } }));
  return [
    ...empty,
    ...secrets.map(({ folder }) => ({ name: folder, secret: { secretName: folder } })),
    ...(name === 'nats' ? [{ name: 'conf', configMap: { name: 'nats-conf' } }] : []),
    ...(name === 'meow' ? [{ name: 'blocked-words', configMap: { name: 'blocked-words' } }] : []),
  ];
}

function mountsOf(service: Service) {
  const { name, secrets, data } = service;
  return [
    ...emptyFolders(service).map((mountPath, i) => ({ name: `empty-${i}`, mountPath })),
    ...secrets.map(({ folder, target }) => ({ name: folder, mountPath: target, readOnly: true })),
    ...(data ? [{ name: 'data', mountPath: data }] : []),
    ...(name === 'nats' ? [fileMount('conf', '/etc/nats/nats-server.conf', 'nats-server.conf')] : []),
    ...(name === 'meow' ? [fileMount('blocked-words', '/run/blocked-words', 'blocked-words')] : []),
  ];
}

function fileMount(name: string, mountPath: string, subPath: string) {
  return { name, mountPath, subPath, readOnly: true };
}

/** Where Caddy would reach nginx, there is nothing here. */
function emptyFolders({ name, tmpfs }: Service): string[] {
  return [...tmpfs, ...(name === 'nginx' ? ['/run/meower'] : [])];
}

function disruptionBudget(name: string): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: {
      maxUnavailable: 1,
      // A pod that is not ready keeps no machine from being emptied.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: { app: name } },
    },
  };
}

function autoscaler(name: string): Manifest {
  const cpu = {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: CPU_PER_REPLICA } },
  };
  const own: Record<string, object> = {
    pusher: {
      type: 'Pods',
      pods: {
        metric: { name: 'meower_pusher_sockets' },
        target: { type: 'AverageValue', averageValue: SOCKETS_PER_PUSHER },
      },
    },
    query: {
      type: 'External',
      external: {
        metric: { name: 'meower_consumer_lag_messages', selector: { matchLabels: { group: 'indexer' } } },
        target: { type: 'AverageValue', averageValue: LAG_PER_QUERY },
      },
    },
  };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 2,
      maxReplicas: 20,
      metrics: [cpu, ...(own[name] ? [own[name]] : [])],
      // A replica that ends disconnects its sockets: slowly.
      behavior: { scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }] } },
    },
  };
}

function networkLabel(network: string): string {
  return `network-${network}`;
}

/**
 * As a network of docker-compose.yaml: its members reach one another, and others do not reach them. Prometheus is usually
 * in a namespace of its own.
 */
function networkPolicy(network: string): Manifest {
  const members = { podSelector: { matchLabels: { [networkLabel(network)]: 'true' } } };
  const from = network === 'observe' ? { namespaceSelector: {}, ...members } : members;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: networkLabel(network) },
    spec: {
      ...members,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [from] }],
      egress: [{ to: [members] }],
    },
  };
}

function dnsPolicy(): Manifest {
  const ports = [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'dns' },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], egress: [{ ports }] },
  };
}

function publicPolicy(): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'public' },
    spec: {
      podSelector: { matchLabels: { app: 'nginx' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: PORTS.nginx }] }],
    },
  };
}
