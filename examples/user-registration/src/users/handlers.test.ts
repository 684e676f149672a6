import { afterAll, beforeAll, expect, test } from 'vitest';
import { ann, startTestSystem, type TestSystem } from '../testing/registration-system.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ env: { BROKER: 'memory', SERVICES: 'users,points' } });
});
afterAll(() => system[Symbol.asyncDispose]());

const refusal = (code: number, description: string) => ({
  status: code,
  body: { user: null, users: [], errors: [{ code, description }] },
});

test('a user is registered, and read by id and by e-mail address in any case', async () => {
  const { password: _, ...visible } = ann;
  const user = { ...visible, registered_at: expect.stringMatching(/^20.+Z$/) };
  const registered = await system.register(ann);
  expect(registered).toEqual({ status: 201, body: { user, users: [], errors: [] } });
  expect(await system.get('users', '/v1/users/ann-1')).toEqual({ ...registered, status: 200 });
  expect(await system.get('users', '/v1/users?email=ANN@example.com')).toEqual({
    status: 200,
    body: { user: null, users: [registered.body.user], errors: [] },
  });
  expect(await system.get('users', '/v1/users?email=none@example.com')).toMatchObject({
    body: { users: [] },
  });
});

test('without an id the service chooses one', async () => {
  const { body } = await system.register({ ...ann, id: undefined, email: 'bob@example.com' });
  expect(body.user.id).toMatch(/^[\w-]{16}$/);
});

test('the same id with the same content is the same answer, also concurrently; with another content it is 409', async () => {
  const eve = { ...ann, id: 'eve-1', email: 'eve@example.com' };
  const answers = await Promise.all(Array.from({ length: 10 }, () => system.register(eve)));
  expect(answers).toEqual(answers.map(() => answers[0]));
  expect(answers[0]?.status).toBe(201);
  for (const change of [{ name: 'Eva' }, { email: 'eva@example.com' }, { password: 'another one' }])
    expect(await system.register({ ...eve, ...change })).toEqual(
      refusal(409, 'This id belongs to another registration'),
    );
});

test('an e-mail address is registered once, in upper or lower case', async () => {
  const zoe = { ...ann, email: 'zoe@example.com' };
  const attempts = ['zoe-1', 'zoe-2', 'zoe-3'].map((id) => system.register({ ...zoe, id }));
  const statuses = (await Promise.all(attempts)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([201, 409, 409]);
  expect(await system.register({ ...zoe, id: 'zoe-4', email: 'ZOE@Example.com' })).toEqual(
    refusal(409, 'This e-mail address is registered already'),
  );
});

const long = 'x'.repeat(101);
test.each<[sentence: string, input: unknown]>([
  ['name is required', { ...ann, name: undefined }],
  ['name must be a string', { ...ann, name: 7 }],
  ['name must have at least 1 characters', { ...ann, name: '  ' }],
  ['name must have at most 100 characters', { ...ann, name: long }],
  ['name must not contain control characters', { ...ann, name: 'Ann\nBcc: all@example.com' }],
  ['name must be Unicode', { ...ann, name: 'Ann \ud800' }],
  ['email is required', { ...ann, email: undefined }],
  ['email must be an e-mail address', { ...ann, email: 'ann' }],
  ['email must have at most 254 characters', { ...ann, email: `${'a'.repeat(250)}@example.com` }],
  ['password is required', { ...ann, password: undefined }],
  ['password must have 8 to 72 bytes, none of them zero', { ...ann, password: 'short' }],
  ['password must have 8 to 72 bytes, none of them zero', { ...ann, password: 'ä'.repeat(37) }],
  ['password must have 8 to 72 bytes, none of them zero', { ...ann, password: 'zero \0 byte' }],
  ['id must be 1 to 64 letters, digits, - or _', { ...ann, id: '../ann' }],
  ['id must be a string', { ...ann, id: null }],
  ['the body must be a JSON object', []],
  ['Malformed JSON', '{"name":'],
  ['"name" is there twice', '{"name":"Ann","name":"Eve"}'],
])('refuses a registration with "%s"', async (sentence, input) => {
  expect(await system.register(input)).toEqual(refusal(400, sentence));
});

test('a password of 72 bytes is taken whole', async () => {
  const longest = { ...ann, id: 'long', email: 'long@example.com', password: 'ä'.repeat(36) };
  expect(await system.register(longest)).toMatchObject({ status: 201 });
  expect(await system.register({ ...longest, password: `${'ä'.repeat(35)}ö` })).toMatchObject({
    status: 409,
  });
});

test('a body that is too long is 413', async () => {
  expect(await system.register({ ...ann, name: 'x'.repeat(70_000) })).toEqual(
    refusal(413, 'Request body too large'),
  );
});

test.each([
  ['/v1/users/unknown', 404, 'There is no user with this id'],
  ['/v1/users/%00', 400, 'id must be 1 to 64 letters, digits, - or _'],
  ['/v1/users', 400, 'email is required'],
  ['/v1/users?email=a', 400, 'email must be an e-mail address'],
  ['/v1/users?email=a@b.ch&email=c@d.ch', 400, 'email must be a string'],
  ['/v2', 404, 'Not found'],
])('GET %s is %s', async (path, status, sentence) => {
  expect(await system.get('users', path)).toEqual(refusal(status, sentence));
});

test.each([
  ['unknown', 404, 'This user has no points'],
  ['%00', 400, 'userId must be 1 to 64 letters, digits, - or _'],
])('points of the user %s are %s', async (id, status, error) => {
  expect(await system.get('points', `/v1/points/${id}`)).toEqual({ status, body: { error } });
});
