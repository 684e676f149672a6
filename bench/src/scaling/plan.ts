/** What one replica does, as bench/README.md has measured it. */
export interface Measured {
  /** Posts that one meow-service with its Postgres answers per second. */
  posts: number;
  /** Events that one meow-service publishes to one stream per second. */
  events: number;
  /** Meows that one query-service indexes per second. */
  indexed: number;
  /** Lists that one query-service answers per second. */
  lists: number;
  /** Searches per second in an index of a million meows. */
  searches: number;
  /** Writes to sockets per second of one pusher. */
  writes: number;
  /** Bytes of memory of the pushers for each socket. */
  socketBytes: number;
}

export interface Demand {
  sockets: number;
  /** Per second. */
  posts: number;
  /** The share of all posts that a page is sent: 1 for all, less with partitions that a page chooses. */
  share: number;
  /** Of one page, per minute. */
  listsPerMinute: number;
  searchesPerMinute: number;
  /** Meows in the index. */
  meows: number;
}

export interface Plan {
  meow: number;
  /** Servers of Postgres that write, each with its part of the meows. */
  postgres: number;
  /** Streams, each with its part of the subjects. */
  streams: number;
  query: number;
  /** Servers of Elasticsearch, without replicas. */
  elasticsearch: number;
  pusher: number;
  pusherGb: number;
  /** Bits per second to browsers, in Gbit. */
  egressGbit: number;
  /** What is used most if there is one of each. */
  saturatesFirst: string;
}

/** The share of its measured rate that a replica is given: the rest is for peaks and for a replica that is lost. */
const UTILISATION = 0.6;
/** A single meow then reaches all of them in a fifth of a second, and they connect again within seconds. */
const SOCKETS_PER_PUSHER = 20_000;
/** A frame with a meow of usual length, with the headers of WebSocket and TCP. */
const FRAME_BYTES = 400;
/** Events are published every 4 ms: what comes in one batch leaves a pusher in one write. */
export const BATCHES_PER_SECOND = 250;
/** Assumed, not measured: 50 GB of index, the size that Elasticsearch recommends for a shard. */
const MEOWS_PER_INDEX_SERVER = 50_000_000;

export function plan(measured: Measured, demand: Demand): Plan {
  const frames = demand.posts * demand.share;
  const writes = demand.sockets * Math.min(frames, BATCHES_PER_SECOND);
  const lists = (demand.sockets * demand.listsPerMinute) / 60;
  const searches = (demand.sockets * demand.searchesPerMinute) / 60;
  const load: Record<string, number> = {
    'writes of the pusher': writes / measured.writes,
    'sockets of the pusher': demand.sockets / SOCKETS_PER_PUSHER,
    'posts in Postgres': demand.posts / measured.posts,
    'events in the stream': demand.posts / measured.events,
    'lists of query': lists / measured.lists,
    searches: searches / measured.searches,
  };
  const replicas = (...loads: number[]) => Math.max(1, Math.ceil(Math.max(...loads) / UTILISATION));
  const pusher = Math.max(replicas(writes / measured.writes), Math.ceil(demand.sockets / SOCKETS_PER_PUSHER));
  const [saturatesFirst] = Object.entries(load).reduce((most, one) => (one[1] > most[1] ? one : most));
  return {
    meow: replicas(demand.posts / measured.posts),
    postgres: replicas(demand.posts / measured.posts),
    streams: replicas(demand.posts / measured.events),
    query: replicas(demand.posts / measured.indexed, lists / measured.lists),
    elasticsearch: Math.max(
      replicas(demand.posts / measured.indexed, searches / measured.searches),
      Math.ceil(demand.meows / MEOWS_PER_INDEX_SERVER),
    ),
    pusher,
    pusherGb: (demand.sockets * measured.socketBytes) / 1e9,
    egressGbit: (demand.sockets * frames * FRAME_BYTES * 8) / 1e9,
    saturatesFirst,
  };
}
