import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ROOT, readServices } from './compose-file.ts';
import { renderKubernetes, renderKustomization } from './kubernetes.ts';
import { renderOps, renderStack } from './stack.ts';

const NOTICE = '# Written by `node deploy/src/main.ts` from docker-compose.yaml; do not edit.\n';

/** The files of this folder that are rendered from docker-compose.yaml, by their paths in the repository. */
export async function renderFiles(): Promise<Record<string, string>> {
  const services = await readServices();
  const natsConf = await readFile(join(ROOT, 'nats/nats.conf'), 'utf8');
  const toYaml = (value: unknown) => stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
  const manifests = renderKubernetes(services, natsConf);
  return {
    'deploy/stack.yaml': NOTICE + toYaml(renderStack(services, natsConf)),
    'deploy/ops.yaml': NOTICE + toYaml(renderOps(await readServices('ops'))),
    'deploy/kubernetes/base/kustomization.yaml': NOTICE + toYaml(renderKustomization(services)),
    'deploy/kubernetes/base/meower.yaml': NOTICE + manifests.map(toYaml).join('---\n'),
  };
}
