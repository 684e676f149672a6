import { connect } from 'nats';
import { ServerProcess } from './server-process.ts';

/** A nats-server for one test. Does not start it yet. */
export function createNatsServer(binary: string): Promise<ServerProcess> {
  return ServerProcess.create({
    binary,
    args: (port, folder) => ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder],
    ask: async (address) => {
      const connection = await connect({ servers: address, reconnect: false, timeout: 1000 });
      await connection.close();
    },
  });
}
