import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { str } from 'envalid';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import {
  address,
  addresses,
  bind,
  integer,
  pattern,
  readConfig,
  readSettings,
  SettingsError,
} from './read-settings.ts';

const specs = {
  PORT: integer(1, 65535)({ default: 8080 }),
  NATS_ADDRESS: address(),
  NAME: str({ default: 'x' }),
};

test('reads variables, and uses the default for an absent or empty one', () => {
  const settings = readSettings({ NATS_ADDRESS: 'nats:4222', PORT: '' }, specs);
  expect(settings.PORT).toBe(8080);
  expect(settings.NATS_ADDRESS).toBe('nats:4222');
});

test('reads a configuration with the names that settings have in code', () => {
  const config = readConfig(
    { NATS_ADDRESS: 'nats:4222' },
    { ...specs, MAX_IDLE_MS: integer(0, 9)({ default: 5 }) },
  );
  expect(config).toEqual({ port: 8080, natsAddress: 'nats:4222', name: 'x', maxIdleMs: 5 });
  expect(config.maxIdleMs).toBe(5);
});

test('names every wrong setting in one error', () => {
  const read = () => readSettings({ PORT: '80a', NATS_ADDRESS: 'nats' }, specs);
  expect(read).toThrow(SettingsError);
  expect(read).toThrow(/PORT: must be a whole number from 1 to 65535, not "80a"/);
  expect(read).toThrow(/NATS_ADDRESS: must be host:port, not "nats"/);
});

test('reads where to listen', () => {
  const read = (BIND: string) => readSettings({ BIND }, { BIND: bind() }).BIND;
  expect(read(':8080')).toEqual({ host: undefined, port: 8080 });
  expect(read('127.0.0.1:0')).toEqual({ host: '127.0.0.1', port: 0 });
  for (const wrong of ['8080', 'host:', ':65536'])
    expect(() => read(wrong)).toThrow(/BIND: must be host:port or :port/);
});

test('a setting that does not match its pattern gets the sentence', () => {
  const specs = { TOPIC: pattern(/created/, 'must contain "created"')() };
  expect(readSettings({ TOPIC: 'cat_created_v1' }, specs).TOPIC).toBe('cat_created_v1');
  expect(() => readSettings({ TOPIC: 'cats' }, specs)).toThrow('TOPIC: must contain "created"');
});

test('names a setting that is missing', () => {
  expect(() => readSettings({}, specs)).toThrow(/NATS_ADDRESS: is required/);
});

test.each(['nats:0', 'nats:65536', ':4222', 'nats:4222/x', 'nats 1:4222'])('"%s" is no address', (text) => {
  expect(() => readSettings({ NATS_ADDRESS: text }, specs)).toThrow(SettingsError);
});

test('reads the addresses of several servers, none of which may be wrong', () => {
  const read = (NODES: string) => readSettings({ NODES }, { NODES: addresses() }).NODES;
  expect(read('a:1,[::1]:2')).toBe('a:1,[::1]:2');
  for (const wrong of ['a:1,', 'a:1, b:2', 'a:1,b'])
    expect(() => read(wrong)).toThrow(/NODES: must be host:port, not "/);
});

test('reads a setting from the file that X_FILE names, without its last line break', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'name');
  await writeFile(file, 'p4ss word \n');
  const env = { NATS_ADDRESS: 'nats:4222', NAME_FILE: file };
  expect(readSettings(env, specs).NAME).toBe('p4ss word ');
  expect(() => readSettings({ ...env, NAME: 'y' }, specs)).toThrow(/NAME: is set, and NAME_FILE too/);
});

test('names a file that cannot be read, and not its setting as missing', () => {
  const read = () => readSettings({ NATS_ADDRESS_FILE: '/none' }, specs);
  expect(read).toThrow(/^wrong settings\n {2}NATS_ADDRESS_FILE: ENOENT[^\n]*$/);
});
