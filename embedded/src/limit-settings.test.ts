import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '@meower/shared/process/error-details.ts';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from './config.ts';

const ROOT = join(import.meta.dirname, '../..');
const { services } = parse(readFileSync(join(ROOT, 'docker-compose.yaml'), 'utf8'), { merge: true });
/** Of the container, with the defaults. */
const settings: Record<string, string> = Object.fromEntries(
  Object.entries<string>(services.nginx.environment).map(([name, value]) => [
    name,
    value.replace(/^\$\{\w+:-(.*)\}$/, '$1'),
  ]),
);

/** What the container of nginx prints before it ends; empty if it starts. */
function refusalOfNginx(given: Record<string, string>): string {
  const { status, stderr } = spawnSync('sh', [join(ROOT, 'nginx/check-settings.sh')], {
    env: { PATH: process.env.PATH, ...settings, ...given },
    encoding: 'utf8',
  });
  expect(status).toBe(stderr ? 1 : 0);
  return stderr;
}

function refusalOfEmbedded(given: Record<string, string>): string {
  try {
    loadConfig(given);
    return '';
  } catch (error) {
    return errorMessage(error);
  }
}

const limits = Object.keys(settings).filter((name) => name.startsWith('LIMIT_'));
const countsConnections = (name: string) => ['LIMIT_REQUESTS', 'LIMIT_SOCKETS'].includes(name);

test('nginx starts with the defaults of docker compose', () => {
  expect(limits).toHaveLength(8);
  expect(refusalOfNginx({})).toBe('');
});

test.each(limits)('nginx and npm start name a %s that they cannot use', (name) => {
  const largest = countsConnections(name) ? 65_535 : 1_000_000_000;
  for (const good of ['1', String(largest)]) {
    expect(refusalOfNginx({ [name]: good })).toBe('');
    expect(refusalOfEmbedded({ [name]: good })).toBe('');
  }
  const wrong = [
    '0',
    String(largest + 1),
    '99999999999999999999',
    '-1',
    '1.5',
    '1e3',
    'many',
    '60r',
    '6 0',
    '1;',
  ];
  for (const value of wrong) {
    const sentence = `${name}: must be a whole number from 1 to ${largest}, not "${value}"`;
    expect(refusalOfNginx({ [name]: value })).toBe(`nginx: ${sentence}\n`);
    expect(refusalOfEmbedded({ [name]: value })).toContain(sentence);
  }
});

test('nginx names each setting that it cannot use, also an empty one', () => {
  const refusal = refusalOfNginx({
    LIMIT_POSTS: '',
    LIMIT_SOCKETS: 'x',
    PROOF_OF_WORK: 'on',
    TRUSTED_PROXY: 'a; b',
  });
  expect(refusal.match(/(?<=^nginx: )\w+/gm)).toEqual([
    'LIMIT_POSTS',
    'LIMIT_SOCKETS',
    'PROOF_OF_WORK',
    'TRUSTED_PROXY',
  ]);
});

test.each(['', 'a', 'proxy', '10.0.0.1 ', '10.0.0.0/8;'])('nginx names the TRUSTED_PROXY "%s"', (proxy) => {
  expect(refusalOfNginx({ TRUSTED_PROXY: proxy })).toMatch(/^nginx: TRUSTED_PROXY: /);
});

test.each(['unix:', '10.0.0.1', '0.0.0.0/0', '2001:db8::/32'])(
  'nginx takes the TRUSTED_PROXY %s',
  (proxy) => {
    expect(refusalOfNginx({ TRUSTED_PROXY: proxy })).toBe('');
  },
);
