import asyncApiSchemas from '@asyncapi/specs';
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
