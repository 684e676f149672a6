import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { h, type VNodeArrayChildren } from 'vue';
import { renderToString } from 'vue/server-renderer';

/**
 * Writes `/docs`: the documents of the interface, and a page of them without scripts. It has the styles of the page, whose
 * first load it does not touch.
 */
const DOCUMENTS = join(import.meta.dirname, '../docs');
const dist = join(import.meta.dirname, 'dist');
const folder = join(dist, 'docs');

interface Schema {
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  pattern?: string;
}

interface Parameter {
  name: string;
  in: string;
  description?: string;
  required: boolean;
  schema: Schema;
}

interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}

interface Document {
  info: { title: string; description: string };
  components: { schemas: Record<string, Schema> };
}

interface OpenApi extends Document {
  paths: Record<string, Record<string, Operation>>;
}

interface AsyncApi extends Document {
  channels: Record<string, { address: string; messages: Record<string, unknown> }>;
  components: Document['components'] & {
    messages: Record<string, { name: string; summary?: string; payload: Schema }>;
  };
}

// What `npm run documents` writes.
const read = (name: string) => JSON.parse(readFileSync(join(DOCUMENTS, name), 'utf8'));
const openApi: OpenApi = read('openapi.json');
const asyncApi: AsyncApi = read('asyncapi.json');

/** A text in which words between backticks are code. */
const prose = (text = ''): VNodeArrayChildren =>
  text.split('`').map((part, i) => (i % 2 === 1 ? h('code', part) : part));

function typeOf({ $ref, type, items, enum: values, ...schema }: Schema): VNodeArrayChildren {
  if ($ref) {
    const name = $ref.split('/').at(-1);
    return [h('a', { href: `#${name}` }, name)];
  }
  if (items) return ['list of ', ...typeOf(items)];
  if (values) return [values.map((value) => JSON.stringify(value)).join(', ')];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  const limits = [
    schema.minimum !== undefined && `from ${schema.minimum}`,
    schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER && `to ${schema.maximum}`,
    schema.maxLength !== undefined && `at most ${schema.maxLength} characters`,
    schema.default !== undefined && schema.default !== '' && `default ${JSON.stringify(schema.default)}`,
  ];
  return [[type, ...limits.filter(Boolean)].join(' ')];
}

const field = (name: string, schema: Schema, required: boolean, note = '') => [
  h('dt', [h('code', name), required ? '' : ' (optional)', note && ` ${note}`]),
  h('dd', [...typeOf(schema), schema.description ? '. ' : '', ...prose(schema.description)]),
];

const fields = ({ properties = {}, required = [] }: Schema) =>
  h(
    'dl',
    Object.entries(properties).map(([name, schema]) => field(name, schema, required.includes(name))),
  );

function operation(method: string, path: string, { responses, ...given }: Operation) {
  const { operationId, summary, description, parameters = [], requestBody } = given;
  const [body] = Object.values(requestBody?.content ?? {});
  return h('section', { id: operationId, class: 'card p-3 mb-3' }, [
    h('h3', { class: 'h5' }, [h('code', `${method.toUpperCase()} ${path}`)]),
    h('p', [`${summary}. `, ...prose(description)]),
    parameters.length > 0 &&
      h(
        'dl',
        parameters.map((one) =>
          field(one.name, { ...one.schema, description: one.description }, one.required, `in ${one.in}`),
        ),
      ),
    body &&
      h('p', [
        'Body: ',
        ...typeOf(body.schema),
        `, as ${Object.keys(requestBody?.content ?? {}).join(', ')}`,
      ]),
    h('details', [
      h('summary', `Answers: ${Object.keys(responses).join(', ')}`),
      h(
        'dl',
        Object.entries(responses).map(([status, answer]) => {
          const [[type, content] = []] = Object.entries(answer.content ?? {});
          return [
            h('dt', status),
            h('dd', [
              ...prose(answer.description),
              ...(content ? [' · ', `${type} `, ...typeOf(content.schema)] : []),
            ]),
          ];
        }),
      ),
    ]),
  ]);
}

const operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, given]) => ({ method, path, given })),
);
const schemas = { ...asyncApi.components.schemas, ...openApi.components.schemas };

const page = h('main', { class: 'container py-4' }, [
  h('p', [h('a', { href: '/' }, 'Meower')]),
  h('h1', 'Interface'),
  h('p', [
    openApi.info.description,
    ' For programs: ',
    h('a', { href: '/docs/openapi.json' }, 'openapi.json'),
    ' (OpenAPI 3.1), ',
    h('a', { href: '/docs/asyncapi.json' }, 'asyncapi.json'),
    ' (AsyncAPI 3).',
  ]),
  h('h2', 'HTTP'),
  h(
    'ul',
    operations.map(({ method, path, given }) =>
      h('li', [
        h('a', { href: `#${given.operationId}` }, `${method.toUpperCase()} ${path}`),
        ` ${given.summary}`,
      ]),
    ),
  ),
  operations.map(({ method, path, given }) => operation(method, path, given)),
  h('h2', 'WebSocket and events'),
  h('p', asyncApi.info.description),
  Object.values(asyncApi.channels).map(({ address, messages }) =>
    h('section', { class: 'card p-3 mb-3' }, [
      h('h3', { class: 'h5' }, [h('code', address)]),
      Object.keys(messages).map((name) => {
        const { summary, payload } = asyncApi.components.messages[name] ?? { payload: {} };
        return [
          h('p', [
            h('strong', name),
            summary ? `: ${summary}. ` : ' ',
            ...(payload.$ref ? typeOf(payload) : []),
          ]),
          payload.properties && fields(payload),
        ];
      }),
    ]),
  ),
  h('h2', 'Objects'),
  Object.entries(schemas).map(([name, schema]) =>
    h('section', { id: name, class: 'card p-3 mb-3' }, [h('h3', { class: 'h5' }, name), fields(schema)]),
  ),
]);

const [styles] = /<link rel="stylesheet"[^>]*>/.exec(readFileSync(join(dist, 'index.html'), 'utf8')) ?? [];
if (!styles) throw new Error('the page has no styles');
const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Interface · Meower</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml">
    <script src="/theme.js"></script>
    ${styles}
  </head>
  <body>${await renderToString(page)}</body>
</html>
`;
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'index.html'), html);
for (const name of ['openapi.json', 'asyncapi.json']) copyFileSync(join(DOCUMENTS, name), join(folder, name));
