import { realAddress } from '@meower/shared/testing/real-addresses.ts';
import { createDatabase, type Database } from './database.ts';
import { createIndex, type Index } from './index-place.ts';
import { createStream, type Stream } from './stream.ts';

/** Where a server under test keeps its things: plain values, for they go to another process. What is absent is embedded. */
export interface Place {
  database?: Database['config'];
  stream?: Stream['config'];
  index?: Index['config'];
}

/** Databases, streams and indexes of the bench's own, on the real parts whose addresses are known. */
export interface Places {
  readonly addresses: { postgres?: string; nats?: string; elasticsearch?: string };
  /** Each that is removed again when it is disposed of; `undefined` where the real part is not there. */
  database(): Promise<Database | undefined>;
  stream(): Promise<Stream | undefined>;
  index(): Promise<Index | undefined>;
}

export function findPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  const addressOf = (part: 'postgres' | 'nats' | 'elasticsearch') => {
    const found = realAddress(part, env);
    return 'address' in found ? found.address : undefined;
  };
  const addresses = {
    postgres: addressOf('postgres'),
    nats: addressOf('nats'),
    elasticsearch: addressOf('elasticsearch'),
  };
  return {
    addresses,
    database: async () => addresses.postgres && (await createDatabase(addresses.postgres)),
    stream: async () => addresses.nats && (await createStream(addresses.nats)),
    index: async () => addresses.elasticsearch && (await createIndex(addresses.elasticsearch)),
  } as Places;
}
