import { type CleanedEnv, str } from 'envalid';
import type { ElasticConfig } from '../search/elastic.ts';
import { address, integer } from './read-settings.ts';

export const elasticSpecs = {
  ELASTICSEARCH_ADDRESS: address(),
  ELASTICSEARCH_USER: str({ default: undefined }),
  ELASTICSEARCH_PASSWORD: str({ default: '' }),
  ELASTICSEARCH_INDEX: str({ default: 'meows' }),
  ELASTICSEARCH_REPLICAS: integer(0, 10)({ default: 0 }),
  ELASTICSEARCH_REFRESH_MS: integer(50, 60_000)({ default: 1000 }),
  ELASTICSEARCH_TIMEOUT_MS: integer(100, 600_000)({ default: 12_000 }),
  ELASTICSEARCH_SEARCH_TIMEOUT_MS: integer(50, 60_000)({ default: 2000 }),
};

export function elasticConfig(settings: CleanedEnv<typeof elasticSpecs>): ElasticConfig {
  const { ELASTICSEARCH_USER: username, ELASTICSEARCH_PASSWORD: password } = settings;
  return {
    node: `http://${settings.ELASTICSEARCH_ADDRESS}`,
    auth: username === undefined ? undefined : { username, password },
    alias: settings.ELASTICSEARCH_INDEX,
    replicas: settings.ELASTICSEARCH_REPLICAS,
    refreshInterval: `${settings.ELASTICSEARCH_REFRESH_MS}ms`,
    timeoutMs: settings.ELASTICSEARCH_TIMEOUT_MS,
    searchTimeoutMs: settings.ELASTICSEARCH_SEARCH_TIMEOUT_MS,
  };
}
