import asyncApiSchemas from '@asyncapi/specs';
import {
  createdEvent,
  deletedEvent,
  meowCreatedLate,
  REPUBLISHED,
} from '@meower/shared/event/meow-events.ts';
import { encodeHeaders } from '@meower/shared/message/nats/codec.ts';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { documents } from './documents.ts';

const all = JSON.parse(JSON.stringify(documents()));

test.each(['openapi.json', 'openapi-admin.json'])('%s is valid OpenAPI 3.1', async (name) => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(all[name]);
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(validator.version).toBe('3.1');
});

test('asyncapi.json is valid AsyncAPI 3', () => {
  // The schema contains that of JSON Schema itself.
  const ajv = addFormats.default(new Ajv({ strict: false, meta: false, validateSchema: false }));
  const validate = ajv.compile(asyncApiSchemas.schemas['3.0.0']);
  expect(validate(all['asyncapi.json']) || validate.errors).toBe(true);
});

test('every reference of a document leads to something in it', () => {
  for (const [name, document] of Object.entries(all)) {
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
    for (const [, pointer = ''] of references) {
      const target = pointer.split('/').reduce<unknown>((at, key) => Object(at)[key], document);
      expect(target, `${name} ${pointer}`).toBeDefined();
    }
  }
});

const meow = { id: 'X', body: 'meow', createdAt: '2026-11-21T02:43:32.123456Z' };
const carried = { 'x-request-id': 'r', traceparent: 't', tracestate: 's', [REPUBLISHED]: '1' };

test.each([
  ['meowCreated', createdEvent(meow, carried)],
  ['meowDeleted', deletedEvent(meow.id, {})],
  ['meowCreatedLate', meowCreatedLate.create({ ids: [meow.id] }, { id: 'late' })],
])('the event %s has the headers and the data that asyncapi.json describes', (name, event) => {
  const ajv = addFormats.default(new Ajv({ strict: false })).addSchema(all['asyncapi.json'], 'asyncapi.json');
  const expectValid = (part: string, value: unknown) => {
    const validate = ajv.getSchema(`asyncapi.json#/components/messages/${name}/${part}`);
    expect(validate?.(value) || validate?.errors).toBe(true);
  };
  const { 'Nats-Msg-Id': _, ...headers } = Object.fromEntries(encodeHeaders(event, event.topic));
  expectValid('headers', headers);
  expectValid('payload', JSON.parse(String(event.payload)));
  const described = Object.keys(all['asyncapi.json'].components.messages[name].headers.properties);
  expect(Object.keys(headers).filter((header) => !described.includes(header))).toEqual([]);
});
