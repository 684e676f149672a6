import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createSecrets } from '../../secrets/src/create-secrets.ts';
import { temporaryFolder } from '../../shared/src/testing/temporary-folder.ts';

export const ROOT = join(import.meta.dirname, '../..');

interface Volume {
  type: string;
  source: string;
  target: string;
  volume?: { subpath?: string };
}

export interface ComposeService {
  image?: string;
  build?: unknown;
  command?: string[];
  /** `service:NAME`: it has the networks of another one. */
  network_mode?: string;
  networks?: string[] | Record<string, unknown>;
  environment?: Record<string, string | number | null>;
  volumes?: (string | Volume)[];
  tmpfs?: string[];
  read_only?: string | boolean;
  mem_limit?: string;
  pids_limit?: number;
  init?: boolean;
  logging?: object;
  stop_grace_period?: string;
  sysctls?: Record<string, string>;
  ulimits?: Record<string, number>;
  healthcheck?: { test: string[] };
  profiles?: string[];
}

/** What docker-compose.yaml says of a service, with the defaults of its settings. */
export interface Service {
  name: string;
  image: string;
  /** With the setting that replaces it. */
  imageSetting: string;
  command: string[] | undefined;
  networks: string[];
  /** Without those that are only passed on. */
  environment: Record<string, string>;
  /** Settings that are passed on if they are set. */
  optionalSettings: string[];
  /** All of them, with the variables that replace a default. Without a value: passed on. */
  settings: Record<string, string | null>;
  /** The folders with files of secrets, and where the service finds them. */
  secrets: { folder: string; files: string[]; target: string }[];
  /** Where its data are. */
  data: string | undefined;
  /** Where it remembers that it has data. */
  state: string | undefined;
  tmpfs: string[];
  readOnly: boolean;
  memory: string;
  /** With the setting that replaces it. */
  memorySetting: string;
  pids: number;
  init: boolean;
  logging: object | undefined;
  stopSeconds: number;
  sysctls: Record<string, string>;
  ulimits: Record<string, number>;
  healthTest: string[];
}

/**
 * The services of the profile; without one those that run all the time, and `migrate`. Without those that only hold a
 * network for another one, which has the network itself.
 */
export async function readServices(profile?: string): Promise<Service[]> {
  const services = await readComposeServices();
  const files = await secretFiles();
  const networkOf = ({ network_mode }: ComposeService) => network_mode?.replace('service:', '') ?? '';
  const holders = new Set(Object.values(services).map(networkOf));
  return Object.entries(services)
    .filter(([name, { profiles }]) => name !== 'secrets' && profiles?.[0] === profile && !holders.has(name))
    .map(([name, service]) => {
      const { networks, sysctls } = services[networkOf(service)] ?? service;
      // Of a network that two containers share.
      const { 'net.ipv4.tcp_migrate_req': _, ...own } = sysctls ?? {};
      return toService(name, { ...service, networks, sysctls: own }, files);
    });
}

async function readComposeServices(): Promise<Record<string, ComposeService>> {
  const text = await readFile(join(ROOT, 'docker-compose.yaml'), 'utf8');
  return (parse(text, { merge: true }) as { services: Record<string, ComposeService> }).services;
}

function toService(name: string, service: ComposeService, files: Record<string, string[]>): Service {
  const { networks = [], environment = {}, volumes = [] } = service;
  const secrets = volumes.flatMap((one) => {
    const folder = typeof one === 'string' ? undefined : one.volume?.subpath;
    return typeof one === 'string' || folder === undefined
      ? []
      : [{ folder, files: files[folder] ?? [], target: one.target }];
  });
  const pathIn = (kind: string) =>
    volumes
      .find((one): one is string => typeof one === 'string' && one.startsWith(`${name}-${kind}:`))
      ?.split(':')[1];
  const given = Object.entries(environment).filter(
    (entry): entry is [string, string | number] => entry[1] !== null,
  );
  return {
    name,
    image: service.build ? `meower-${name}` : interpolate(service.image ?? ''),
    imageSetting: service.image ?? '',
    command: service.command,
    networks: Array.isArray(networks) ? networks : Object.keys(networks),
    environment: Object.fromEntries(given.map(([key, value]) => [key, interpolate(String(value))])),
    optionalSettings: Object.keys(environment).filter((key) => environment[key] === null),
    settings: Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, value === null ? null : String(value)]),
    ),
    secrets,
    data: pathIn('data'),
    state: pathIn('state'),
    tmpfs: service.tmpfs ?? [],
    readOnly: interpolate(String(service.read_only ?? false)) === 'true',
    memory: interpolate(service.mem_limit ?? ''),
    memorySetting: service.mem_limit ?? '',
    pids: service.pids_limit ?? 0,
    init: service.init ?? false,
    logging: service.logging,
    stopSeconds: Number.parseInt(service.stop_grace_period ?? '10', 10),
    sysctls: service.sysctls ?? {},
    ulimits: service.ulimits ?? {},
    healthTest: (service.healthcheck?.test ?? []).map(interpolate),
  };
}

/** With the defaults of all variables. */
export function interpolate(text: string): string {
  let before = '';
  for (let now = text; now !== before; ) {
    before = now;
    now = now.replace(/\$\{\w+(?::([-+])([^${}]*))?\}/g, (_, kind, value) => (kind === '-' ? value : ''));
    text = now;
  }
  return text.replaceAll('$$', '$');
}

/** The names of the files in each folder that the program `secrets` writes. */
async function secretFiles(): Promise<Record<string, string[]>> {
  await using folder = await temporaryFolder();
  await createSecrets(folder.path);
  const found: Record<string, string[]> = {};
  for (const entry of await readdir(folder.path, { withFileTypes: true }))
    if (entry.isDirectory()) found[entry.name] = (await readdir(join(folder.path, entry.name))).sort();
  return found;
}
