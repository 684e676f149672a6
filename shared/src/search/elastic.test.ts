import { expect, test } from 'vitest';
import { describeReal } from '../testing/describe-real.ts';
import { createTestIndex } from '../testing/elasticsearch.ts';
import { searchRepositoryContract } from './search-repository.contract.ts';

describeReal('elasticsearch', (address) => {
  searchRepositoryContract('Elasticsearch', async () => {
    const opened = createTestIndex(address);
    await opened.repository.prepare();
    return opened;
  });

  test('reports how full the disk is', async () => {
    const { repository, remove } = createTestIndex(address);
    try {
      const disk = await repository.disk?.();
      expect(disk?.availableBytes).toBeGreaterThan(0);
      expect(disk?.sizeBytes).toBeGreaterThan(disk?.availableBytes ?? 0);
    } finally {
      await remove();
    }
  });
});
