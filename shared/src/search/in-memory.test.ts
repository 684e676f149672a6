import { createInMemorySearchRepository } from './in-memory.ts';
import { repositoryContract } from './search-repository.contract.ts';

repositoryContract('in memory', async () => {
  const repository = createInMemorySearchRepository();
  return { repository, remove: () => repository.close() };
});
