import { connect } from 'node:net';
import { StartError } from '@meower/shared/process/start-error.ts';

/** Throws `StartError` if a port is in use: two runs with the same servers would see each other's meows. */
export async function assertFree(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if (await isInUse(port))
      throw new StartError(
        `Port ${port} is in use, perhaps by another run: wait for it, stop what listens there, or set FAULTS_FIRST_PORT.`,
      );
  }
}

function isInUse(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
