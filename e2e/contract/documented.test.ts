import { describe, expect, test } from 'vitest';
import { expectDocumented, expectDocumentedFrame } from './documented.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const meow = { id: 'X', body: 'meow', created_at: '2026-11-21T02:43:32.123456Z' };
const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  text: JSON.stringify(body),
  json: body,
  headers: new Headers({ 'content-type': JSON_TYPE, ...headers }),
});
const list = (body: unknown, headers = { etag: '"1"' }) => answer(200, body, headers);
const expectOf = (method: string, path: string, given: ReturnType<typeof answer>) =>
  expect(() => expectDocumented('openapi.json', method, path, given));

describe('the documents', () => {
  test('allow what they describe', () => {
    expectOf('GET', '/meows?take=1', list([meow])).not.toThrow();
    expectOf('GET', '/meows/X', answer(404, { error: 'Meow not found' })).not.toThrow();
    expectOf('GET', '/nothing', answer(404, { error: 'Not found' })).not.toThrow();
  });

  test.each([
    ['a status', 'GET', '/meows', answer(201, [])],
    ['a field', 'GET', '/meows', list([{ ...meow, likes: 1 }])],
    ['a missing field', 'GET', '/meows', list([{ id: 'X', body: 'meow' }])],
    ['a missing header', 'GET', '/meows', answer(200, [meow])],
    ['a media type', 'GET', '/feed.atom', list('feed')],
    ['a field of an error', 'GET', '/meows', answer(400, { error: 'No', code: 1 })],
    ['an answer on an unknown path', 'POST', '/nothing', answer(200, {})],
    ['another error on an unknown path', 'GET', '/nothing', answer(404, { message: 'No' })],
  ])('do not allow %s that they lack', (_, method, path, given) => {
    expectOf(method, path, given).toThrow();
  });

  test('describe frames', () => {
    expect(() => expectDocumentedFrame({ kind: 2 })).not.toThrow();
    expect(() => expectDocumentedFrame({ kind: 1 })).toThrow();
    expect(() => expectDocumentedFrame({ kind: 9 })).toThrow();
  });
});
