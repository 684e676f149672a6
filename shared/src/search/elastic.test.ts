import { describeReal } from '../testing/describe-real.ts';
import { createTestIndex } from '../testing/elasticsearch.ts';
import { searchRepositoryContract } from './search-repository.contract.ts';

describeReal('elasticsearch', (address) => {
  searchRepositoryContract('Elasticsearch', async () => {
    const opened = createTestIndex(address);
    await opened.repository.prepare();
    return opened;
  });
});
