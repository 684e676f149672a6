import { expect, test } from 'vitest';
import { metricsConfig, metricsSpecs } from './metrics.ts';
import { readSettings } from './read-settings.ts';

const read = (env: Record<string, string>) => metricsConfig(readSettings(env, metricsSpecs));

test('nothing is measured unless there is a port', () => {
  expect(read({})).toBeUndefined();
  expect(read({ METRICS_PORT: '' })).toBeUndefined();
});

test('the port is on the loopback interface unless another is set', () => {
  expect(read({ METRICS_PORT: '9464' })).toEqual({ port: 9464, host: '127.0.0.1' });
  expect(read({ METRICS_PORT: '9464', METRICS_HOST: '0.0.0.0' })).toEqual({ port: 9464, host: '0.0.0.0' });
});
