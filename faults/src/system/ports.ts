import { connect } from 'node:net';
import { StartError } from '@meower/shared/process/start-error.ts';

/** Throws `StartError` when something listens on one of the ports: another run would share its servers, and each would see the other's meows. */
export async function assertFree(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if (await listens(port))
      throw new StartError(
        `Port ${port} is taken, perhaps by another run: wait for it, stop what listens there, or set FAULTS_FIRST_PORT.`,
      );
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
