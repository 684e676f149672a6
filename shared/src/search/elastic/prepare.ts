import type { Client } from '@elastic/elasticsearch';
import { IndexMissingError } from '../search-repository.ts';
import { indexesInUse } from './completeness.ts';
import { engineErrorType } from './errors.ts';
import { createIndex, type IndexSettings, newIndexName, readCheckpoint } from './index-definition.ts';

/** Creates an index for the alias if there is none, and waits until it can be searched. */
export async function prepareIndex(
  client: Client,
  alias: string,
  settings: IndexSettings,
): Promise<{ index: string; complete: boolean; checkpoint: string | undefined }> {
  if ((await indexesInUse(client, alias)).length === 0) await createUnlessAnotherDid(client, alias, settings);
  await client.cluster.health({ index: alias, wait_for_status: 'yellow' });
  const [inUse] = await indexesInUse(client, alias);
  if (!inUse)
    throw new IndexMissingError(`Elasticsearch: the index ${alias} was deleted while it was prepared`);
  return { ...inUse, checkpoint: await readCheckpoint(client, inUse.index) };
}

async function createUnlessAnotherDid(client: Client, alias: string, settings: IndexSettings): Promise<void> {
  try {
    await createIndex(client, newIndexName(alias), alias, settings);
  } catch (error) {
    if (engineErrorType(error) === 'invalid_alias_name_exception') {
      throw new Error(
        `Elasticsearch has an index named ${alias}, where an alias of that name is needed: delete it`,
        { cause: error },
      );
    }
    if (!(await client.indices.existsAlias({ name: alias }))) throw error;
  }
}
