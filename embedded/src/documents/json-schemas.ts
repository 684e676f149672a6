import { z } from 'zod';

type JsonSchema = z.core.JSONSchema.JSONSchema;

interface JsonSchemas {
  /** The JSON Schema of what is sent or accepted. `accepted`: fields that are not known are allowed. */
  of(schema: z.ZodType, direction?: 'sent' | 'accepted'): JsonSchema;
  /** Those with an id, which the others refer to. */
  readonly components: Record<string, JsonSchema>;
}

/** Translates schemas of zod, for one document. */
export function createJsonSchemas(target: 'draft-7' | 'draft-2020-12'): JsonSchemas {
  const components: Record<string, JsonSchema> = {};
  return {
    components,
    of(schema, direction = 'sent') {
      // Inside of an object, because a schema with an id is moved out of what surrounds it only.
      const wrapped = z.object({ schema });
      const io = direction === 'sent' ? 'output' : 'input';
      const text = JSON.stringify(z.toJSONSchema(wrapped, { target, io }));
      const { properties, $defs, definitions } = JSON.parse(
        text.replaceAll(/"#\/(\$defs|definitions)\//g, '"#/components/schemas/'),
      );
      Object.assign(components, $defs, definitions);
      return properties.schema;
    },
  };
}
