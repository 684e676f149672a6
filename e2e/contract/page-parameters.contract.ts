import { describe, test } from 'vitest';
import { expectError, expectRefusal, HttpClient } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';

const INVALID = [
  'abc',
  '-1',
  '1.5',
  '99999999999999999999',
  '9223372036854775808',
  '1e3',
  '0x10',
  '+1',
  '%201',
  '%00',
  '١',
];

/** `skip`, `take` and `before`: the error names the invalid one. */
export function pageParametersContract(system: SystemUnderTest): void {
  describe.each(['/meows?', '/search?query=meow&'])('GET %s', (path) => {
    const client = new HttpClient(system);
    const get = (parameters: string) => client.request(path + parameters);

    test.each(INVALID)('refuses %s as skip and as take', async (value) => {
      expectError(await get(`skip=${value}`), 400, 'Invalid skip parameter');
      expectError(await get(`take=${value}`), 400, 'Invalid take parameter');
    });

    test.each(['skip', 'take'])('refuses a repeated or nested %s', async (name) => {
      for (const parameters of [`${name}=1&${name}=2`, `${name}[]=1`, `${name}[a]=1`, `${name}%5Ba%5D=1`])
        expectError(await get(parameters), 400, `Invalid ${name} parameter`);
    });

    test('refuses to take more than 1000', async () => {
      expectError(await get('take=1001'), 400, 'Invalid take parameter');
    });

    test.each(['%', '%zz', 'take=%ff', 'skip=%f'])('refuses the query string %s', async (parameters) => {
      expectRefusal(await get(parameters));
    });
  });

  describe('GET /meows?before=', () => {
    const client = new HttpClient(system);

    test.each(['', '%20', 'a-b', "'", '%00', 'm'.repeat(100), '🐱'])('refuses %j', async (before) => {
      expectRefusal(await client.request(`/meows?before=${before}`));
    });

    test('refuses a repeated or nested one', async () => {
      for (const parameters of ['before=1&before=2', 'before[]=1'])
        expectRefusal(await client.request(`/meows?${parameters}`));
    });
  });
}
