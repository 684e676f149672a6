import { expect, test } from 'vitest';
import { z } from 'zod';
import { HttpError } from './errors.ts';
import { parseFields } from './json-body.ts';

const schema = z.object({
  name: z.string().min(2).max(4),
  age: z.int().max(30).optional(),
  colour: z.enum(['black', 'white']).optional(),
  secret: z
    .string()
    .refine((secret) => secret !== 'wrong', 'must be right')
    .optional(),
});

test('returns what the schema describes, without unknown fields', () => {
  expect(parseFields(schema, { name: 'Tom', unknown: 1 })).toEqual({ name: 'Tom' });
});

test.each<[sentence: string, input: unknown]>([
  ['name is required', {}],
  ['name must be a string', { name: 7 }],
  ['name must be a string', { name: null }],
  ['name must have at least 2 characters', { name: 'T' }],
  ['name must have at most 4 characters', { name: 'Thomas' }],
  ['age must be a whole number', { name: 'Tom', age: 1.5 }],
  ['age must be at most 30', { name: 'Tom', age: 31 }],
  ['colour is invalid', { name: 'Tom', colour: 'red' }],
  ['secret must be right', { name: 'Tom', secret: 'wrong' }],
  ['the body must be a JSON object', []],
  ['the body is required', undefined],
])('refuses with "%s"', (sentence, input) => {
  expect(() => parseFields(schema, input)).toThrow(new HttpError(400, sentence));
});
