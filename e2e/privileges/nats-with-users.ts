import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { ServerProcess } from '@meower/shared/testing/server-process.ts';
import { connect, type NatsConnection } from 'nats';
import { createSecrets } from '../../secrets/src/create-secrets.ts';

const CONFIG = join(import.meta.dirname, '../../nats/nats.conf');

export const USERS = ['meow', 'query', 'pusher'] as const;
export type User = (typeof USERS)[number];

export interface NatsWithUsers {
  server: ServerProcess;
  login(user: User): { user: User; password: string };
  /** A connection with the permissions of the user, for what a `Broker` does not do. */
  connectAs(user: User): Promise<NatsConnection>;
  /** What the connections of the user are subscribed to. */
  subscriptionsOf(user: User): Promise<string[]>;
}

/** A nats-server with the configuration and the secrets of docker compose. It runs. */
export async function startNatsWithUsers(binary: string): Promise<NatsWithUsers> {
  const monitoringPort = await freePorts(1);
  const passwords = new Map<User, string>();
  const login = (user: User) => ({ user, password: passwords.get(user) ?? '' });
  const connectAs = (user: User, address = server.address) =>
    connect({
      servers: address,
      user,
      pass: login(user).password,
      inboxPrefix: `_INBOX_${user}`,
      reconnect: false,
    });
  const server = await ServerProcess.create({
    binary,
    args: (port, folder) => [
      ...['--config', join(folder, 'nats.conf'), '--addr', '127.0.0.1', '--port', String(port)],
      ...['--http_port', String(monitoringPort)],
    ],
    ask: async (address) => (await connectAs('pusher', address)).close(),
  });
  await createSecrets(join(server.folder, 'secrets'));
  const config = (await readFile(CONFIG, 'utf8')).replace('store_dir: /data', `store_dir: ${server.folder}`);
  await writeFile(join(server.folder, 'nats.conf'), config);
  const included = join(server.folder, 'secrets');
  await copyFile(join(included, 'nats/passwords.conf'), join(included, 'passwords.conf'));
  for (const user of USERS)
    passwords.set(user, await readFile(join(included, user, 'nats-password'), 'utf8'));
  await server.start();
  const subscriptionsOf = async (user: User) => {
    const response = await fetch(`http://127.0.0.1:${monitoringPort}/connz?subs=1&auth=1`);
    const { connections } = (await response.json()) as {
      connections: { authorized_user: string; subscriptions_list?: string[] }[];
    };
    return connections
      .filter(({ authorized_user }) => authorized_user === user)
      .flatMap(({ subscriptions_list = [] }) => subscriptions_list);
  };
  return { server, login, connectAs, subscriptionsOf };
}
