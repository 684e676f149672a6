import { createMiniSearchRepository } from './minisearch.ts';
import { repositoryContract } from './search-repository.contract.ts';

repositoryContract('MiniSearch', async () => {
  const repository = createMiniSearchRepository();
  return { repository, remove: () => repository.close() };
});
