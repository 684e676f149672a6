/** Where each service listens. docker-compose.yaml publishes only that of nginx. */
export const PORTS: Record<string, number> = {
  meow: 8080,
  query: 8080,
  pusher: 8080,
  nginx: 8080,
  postgres: 5432,
  nats: 4222,
  elasticsearch: 9200,
  'elasticsearch-proxy': 9200,
};
/** The services that may have any number of replicas. */
export const SCALABLE = ['meow', 'query', 'pusher', 'nginx', 'elasticsearch-proxy'];
