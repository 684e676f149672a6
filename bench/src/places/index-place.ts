import { randomBytes } from 'node:crypto';
import { Client } from '@elastic/elasticsearch';
import type { ElasticConfig } from '@meower/shared/search/elastic.ts';

export interface Index extends AsyncDisposable {
  config: ElasticConfig & { alias: string };
}

/** A name for an index of the bench's own on the server at `address`; the product creates it. */
export async function createIndex(address: string): Promise<Index> {
  const node = `http://${address}`;
  const alias = `meower-bench-${randomBytes(6).toString('hex')}`;
  return {
    config: { node, alias, refreshInterval: '1s', searchTimeoutMs: 10_000 },
    async [Symbol.asyncDispose]() {
      const client = new Client({ node });
      const index = Object.keys(await client.indices.get({ index: `${alias}*` }));
      if (index.length > 0) await client.indices.delete({ index });
      await client.close();
    },
  };
}
