// Writes the files for Docker Swarm and Kubernetes from docker-compose.yaml.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT } from './compose-file.ts';
import { renderFiles } from './files.ts';

for (const [path, content] of Object.entries(await renderFiles())) {
  await mkdir(dirname(join(ROOT, path)), { recursive: true });
  await writeFile(join(ROOT, path), content);
  console.log(path);
}
