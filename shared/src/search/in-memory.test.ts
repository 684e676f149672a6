import { createInMemorySearchRepository } from './in-memory.ts';
import { searchRepositoryContract } from './search-repository.contract.ts';

searchRepositoryContract('in memory', async () => {
  const repository = createInMemorySearchRepository();
  return { repository, remove: () => repository.close() };
});
