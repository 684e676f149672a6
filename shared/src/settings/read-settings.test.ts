import { str } from 'envalid';
import { expect, test } from 'vitest';
import { address, integer, readSettings, SettingsError } from './read-settings.ts';

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

test('names every wrong setting in one error', () => {
  const read = () => readSettings({ PORT: '80a', NATS_ADDRESS: 'nats' }, specs);
  expect(read).toThrow(SettingsError);
  expect(read).toThrow(/PORT: must be a whole number from 1 to 65535, not "80a"/);
  expect(read).toThrow(/NATS_ADDRESS: must be host:port, not "nats"/);
});

test('names a setting that is missing', () => {
  expect(() => readSettings({}, specs)).toThrow(/NATS_ADDRESS: is required/);
});

test.each(['nats:0', 'nats:65536', ':4222', 'nats:4222/x', 'nats 1:4222'])('"%s" is no address', (text) => {
  expect(() => readSettings({ NATS_ADDRESS: text }, specs)).toThrow(SettingsError);
});
