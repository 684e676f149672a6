import ts from 'typescript';

/**
 * What the compiler says of dashboards as JSON, by the types that Grafana publishes (`@grafana/schema`). It takes
 * some seconds.
 */
export function dashboardErrors(texts: readonly string[]): string[] {
  // The annotations are those that Grafana itself stores, whose queries its general type of queries lacks.
  const type = `Omit<Dashboard, 'annotations'> & {
    annotations: { list: (Omit<AnnotationQuery, 'target'> & { target: AnnotationTarget })[] } }`;
  const declarations = texts.map((text, i) => `export const dashboard${i}: ${type} = ${text};`);
  const types = `import type { AnnotationQuery, AnnotationTarget, Dashboard } from '@grafana/schema';`;
  return typeErrors(`${types} ${declarations.join('\n')}`);
}

/** Of a module in this folder. */
function typeErrors(module: string): string[] {
  const file = new URL('dashboards-as-module.ts', import.meta.url).pathname;
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, version, ...rest) =>
    name === file ? ts.createSourceFile(name, module, version) : getSourceFile(name, version, ...rest);
  const program = ts.createProgram([file], options, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
