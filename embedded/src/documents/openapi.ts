import { type Answer, errorBody, type Operation, type Operations } from '@meower/shared/http/operation.ts';
import type { z } from 'zod';
import { createJsonSchemas } from './json-schemas.ts';

/** What any request can get, from a service or from nginx. */
const ANY_REQUEST: NonNullable<Operation['errors']> = {
  400: ['Bad request'],
  408: ['Request timeout'],
  413: ['Request body too large'],
  414: ['URI too long'],
  429: ['Too many requests, try again'],
  431: ['Request header fields too large'],
  500: ['Internal server error'],
  502: ['Service unavailable'],
  503: ['Service unavailable'],
  504: ['Service did not answer in time'],
};
const RETRY_AFTER = { 'Retry-After': { description: 'In seconds', schema: { type: 'integer', minimum: 1 } } };
const FORMS = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'];

interface OpenApiInfo {
  title: string;
  description: string;
  version: string;
  url: string;
}

/** The OpenAPI document of these operations. */
export function openApiDocument(operations: Operations, { url, ...info }: OpenApiInfo) {
  const schemas = createJsonSchemas('draft-2020-12');
  const error = { 'application/json': { schema: schemas.of(errorBody) } };

  const parametersIn = (place: string, group: z.ZodObject | undefined) =>
    Object.entries<z.ZodType>(group?.shape ?? {}).map(([name, schema]) => {
      const { description, ...value } = schemas.of(schema);
      return {
        name,
        in: place,
        description,
        required: place === 'path' || isRequired(schema),
        schema: value,
      };
    });
  const answer = ({ description, schema, mediaType = 'application/json', headers }: Answer) => ({
    description,
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, header]) => {
          const { description, ...value } = schemas.of(header);
          return [name, { description, required: isRequired(header), schema: value }];
        }),
      ),
    }),
    ...(schema && { content: { [mediaType]: { schema: schemas.of(schema) } } }),
  });
  const errors = (operation: Operation) => {
    const own = operation.errors ?? {};
    const token = operation.forOperators ? { 401: ['Wrong or missing token'] } : {};
    const statuses = Object.keys({ ...ANY_REQUEST, ...token, ...own }).map(Number);
    return statuses
      .filter((status) => !(status in operation.answers))
      .map((status) => {
        const sentences = [...(own[status] ?? []), ...(ANY_REQUEST[status] ?? token[401] ?? [])];
        const headers = status === 429 || status === 503 ? { headers: RETRY_AFTER } : {};
        return [status, { description: list(sentences), ...headers, content: error }];
      });
  };
  const describe = (route: string, operation: Operation) => {
    const { summary, description, path, query, headers, body, answers, forOperators } = operation;
    const parameters = [
      ...parametersIn('path', path),
      ...parametersIn('query', query),
      ...parametersIn('header', headers),
    ];
    return {
      operationId: idOf(route),
      summary,
      description,
      ...(parameters.length > 0 && { parameters }),
      ...(body && {
        requestBody: {
          required: true,
          content: Object.fromEntries(FORMS.map((type) => [type, { schema: schemas.of(body, 'accepted') }])),
        },
      }),
      responses: Object.fromEntries([
        ...Object.entries(answers).map(([status, each]) => [status, answer(each)]),
        ...errors(operation),
      ]),
      ...(forOperators && { security: [{ token: [] }] }),
    };
  };

  const paths: Record<string, Record<string, unknown>> = {};
  for (const [route, operation] of Object.entries(operations)) {
    const [method = '', path = ''] = route.split(' ');
    const template = path.replaceAll(/:(\w+)/g, '{$1}');
    paths[template] = { ...paths[template], [method.toLowerCase()]: describe(route, operation) };
  }
  const hasToken = Object.values(operations).some(({ forOperators }) => forOperators);
  return {
    openapi: '3.1.1',
    info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url }],
    paths,
    components: {
      schemas: schemas.components,
      ...(hasToken && { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } }),
    },
  };
}

/** `GET /meows/:id` becomes `getMeowsId`. */
function idOf(route: string): string {
  const [first = '', ...words] = route.toLowerCase().match(/\w+/g) ?? [];
  return first + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function isRequired(schema: z.ZodType): boolean {
  return !schema.safeParse(undefined).success;
}

function list(sentences: readonly string[]): string {
  return [...new Set(sentences)].map((sentence) => `\`${sentence}\``).join(', ');
}
