import { createTestIndex } from '../testing/elasticsearch.ts';
import { describeReal } from '../testing/real-parts.ts';
import { repositoryContract } from './repository.contract.ts';

describeReal('elasticsearch', (address) => {
  repositoryContract('Elasticsearch', async () => {
    const opened = createTestIndex(address);
    await opened.repository.prepare();
    return opened;
  });
});
