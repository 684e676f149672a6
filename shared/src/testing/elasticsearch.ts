import { randomUUID } from 'node:crypto';
import { Client } from '@elastic/elasticsearch';
import { createElasticRepository, type ElasticConfig } from '../search/elastic.ts';
import type { SearchRepository } from '../search/search-repository.ts';
import { silentLogger } from './silent-logger.ts';

export interface TestIndex {
  alias: string;
  /** For checks and faults, without the repository. */
  client: Client;
  repository: SearchRepository;
  /** Another repository on the same index, as another process would have it. */
  another(config?: Partial<ElasticConfig>): SearchRepository;
  /** The names of the existing indexes, in use or not. */
  indexes(): Promise<string[]>;
  /** Disconnects and deletes them. */
  remove(): Promise<void>;
}

/**
 * An index of its own on the server at `address` (host:port), for concurrent test files. Not prepared yet.
 */
export function createTestIndex(address: string, config: Partial<ElasticConfig> = {}): TestIndex {
  const node = `http://${address}`;
  const alias = `meower-test-${randomUUID()}`;
  const client = new Client({ node });
  const repositories: SearchRepository[] = [];
  const another = (more: Partial<ElasticConfig> = {}) => {
    const repository = createElasticRepository(
      {
        node,
        alias,
        replicas: 0,
        refreshInterval: '100ms',
        searchTimeoutMs: 10_000,
        timeoutMs: 30_000,
        ...config,
        ...more,
      },
      { logger: silentLogger },
    );
    repositories.push(repository);
    return repository;
  };
  const indexes = async () => Object.keys(await client.indices.get({ index: `${alias}*` }));

  return {
    alias,
    client,
    repository: another(),
    another,
    indexes,
    async remove() {
      await Promise.all(repositories.map((repository) => repository.close()));
      const index = await indexes();
      if (index.length > 0) await client.indices.delete({ index });
      await client.close();
    },
  };
}
