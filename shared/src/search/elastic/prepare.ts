import type { Client, estypes } from '@elastic/elasticsearch';
import { engineErrorType } from './errors.ts';
import { createIndex, type IndexSettings, metaOf, newIndexName } from './index-definition.ts';

/** Creates what the alias stands for if it is missing, waits until it can answer, and tells which index it is. */
export async function prepareIndex(
  client: Client,
  alias: string,
  settings: IndexSettings,
): Promise<{ index: string; complete: boolean }> {
  if (!(await client.indices.existsAlias({ name: alias })))
    await createUnlessAnotherDid(client, alias, settings);
  await client.cluster.health({ index: alias, wait_for_status: 'yellow' });
  const [[index, { mappings }]] = Object.entries(await client.indices.getMapping({ index: alias })) as [
    [string, estypes.IndicesGetMappingIndexMappingRecord],
  ];
  return { index, complete: metaOf(mappings).complete === true };
}

async function createUnlessAnotherDid(client: Client, alias: string, settings: IndexSettings): Promise<void> {
  try {
    await createIndex(client, newIndexName(alias), alias, settings);
  } catch (error) {
    if (engineErrorType(error) === 'invalid_alias_name_exception') {
      throw new Error(
        `Elasticsearch has an index named ${alias}, where an alias of that name is needed: delete it`,
        {
          cause: error,
        },
      );
    }
    if (!(await client.indices.existsAlias({ name: alias }))) throw error;
  }
}
