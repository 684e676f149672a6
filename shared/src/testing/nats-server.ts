import { connect } from 'nats';
import { freePorts } from './free-ports.ts';
import { ServerProcess } from './server-process.ts';

/** A nats-server for one test. Does not start it yet. `options`: more of its command line. */
export function createNatsServer(binary: string, options: readonly string[] = []): Promise<ServerProcess> {
  return ServerProcess.create({
    binary,
    args: (port, folder) => ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder, ...options],
    ask: async (address) => {
      const connection = await connect({ servers: address, reconnect: false, timeout: 1000 });
      await connection.close();
    },
  });
}

/** Several nats-servers that form a cluster, for one test. */
export interface NatsCluster {
  /** Of all servers, separated by commas. */
  readonly address: string;
  /** By their names. */
  readonly servers: ReadonlyMap<string, ServerProcess>;
  /** The name of the server that assigns streams and consumers to the others. Rejects if there is none. */
  metaLeader(): Promise<string>;
  /** Kills all, and deletes their files. */
  wipe(): Promise<void>;
}

/** Resolves once each server answers. They may not have elected a leader yet. */
export async function startNatsCluster(binary: string, size: number): Promise<NatsCluster> {
  const firstRoute = await freePorts(size + 1);
  const monitoring = firstRoute + size;
  const names = Array.from({ length: size }, (_, i) => `n${i + 1}`);
  const routes = names.map((_, i) => `nats://127.0.0.1:${firstRoute + i}`);
  const common = ['--cluster_name', 'test', '--routes', routes.join(), '--no_advertise'];
  const created = await Promise.all(
    routes.map((route, i) => {
      const own = ['-n', names[i] as string, '--cluster', route];
      return createNatsServer(binary, [...common, ...own, ...(i === 0 ? ['-m', String(monitoring)] : [])]);
    }),
  );
  await Promise.all(created.map((server) => server.start()));
  return {
    address: created.map((server) => server.address).join(),
    servers: new Map(names.map((name, i) => [name, created[i] as ServerProcess])),
    async metaLeader() {
      const response = await fetch(`http://127.0.0.1:${monitoring}/jsz`);
      const { meta_cluster } = (await response.json()) as { meta_cluster?: { leader?: string } };
      if (!meta_cluster?.leader) throw new Error('the cluster has no leader yet');
      return meta_cluster.leader;
    },
    wipe: async () => void (await Promise.all(created.map((server) => server.wipe()))),
  };
}
