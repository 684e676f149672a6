import { execFile } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { Client } from '@elastic/elasticsearch';
import { connect } from 'nats';
import pg from 'pg';
import type { Addresses } from '../fixtures/addresses.ts';

const run = promisify(execFile);

/**
 * What a reader needs to interpret the results: commit, machine, versions, and which dependencies are real.
 */
export async function describeRun(addresses: Addresses): Promise<Record<string, string>> {
  const { postgres, nats, elasticsearch } = addresses;
  const processors = cpus();
  return {
    commit: await commit(),
    date: new Date().toISOString(),
    machine: `${processors.length} × ${processors[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    database: postgres ? await postgresVersion(postgres) : 'embedded PGlite',
    events: nats ? await natsVersion(nats) : 'embedded broker',
    search: elasticsearch ? await elasticsearchVersion(elasticsearch) : 'in memory',
  };
}

async function commit(): Promise<string> {
  const { stdout: revision } = await run('git', ['rev-parse', '--short', 'HEAD']);
  const { stdout: changes } = await run('git', ['status', '--porcelain']);
  return `${revision.trim()}${changes ? ' with uncommitted changes' : ''}`;
}

async function postgresVersion(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  const settings = await client.query<{ fsync: string }>('SHOW fsync');
  await client.end();
  return `PostgreSQL ${rows[0]?.server_version}, fsync ${settings.rows[0]?.fsync}`;
}

async function natsVersion(servers: string): Promise<string> {
  const connection = await connect({ servers });
  const version = connection.info?.version;
  await connection.close();
  return `NATS ${version}`;
}

async function elasticsearchVersion(address: string): Promise<string> {
  const client = new Client({ node: `http://${address}` });
  const { version } = await client.info();
  await client.close();
  return `Elasticsearch ${version.number}`;
}
