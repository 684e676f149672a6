import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const TIMEOUT_MS = 60_000;

/** A connection without a client library, to say what no library would. */
export function dial(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: Number(port || 80) });
}

/** Sends the parts as they are, then waits until the other side ends the connection. Gives what it said, as text. */
export async function sendRaw(url: string, ...parts: (string | Buffer)[]): Promise<string> {
  const socket = dial(url);
  const answer = untilEnd(socket);
  for (const part of parts) socket.write(part);
  return answer;
}

/** Sends the request and gives the first that comes, the status line with it; the other side may keep the connection. */
export async function firstAnswer(url: string, request: string): Promise<string> {
  const socket = dial(url);
  try {
    socket.write(request);
    const [answer] = await once(socket, 'data');
    return String(answer);
  } finally {
    socket.destroy();
  }
}

/** What comes until the other side ends or cuts the connection. Rejects when it does not. */
export async function untilEnd(socket: Socket): Promise<string> {
  const received: Buffer[] = [];
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  // To be cut off while writing is an answer, too.
  socket.on('error', () => resolve());
  socket.on('close', () => resolve());
  const timer = setTimeout(
    () => reject(new Error(`still open after ${TIMEOUT_MS} ms; received: ${Buffer.concat(received)}`)),
    TIMEOUT_MS,
  );
  try {
    await ended;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
  return Buffer.concat(received).toString();
}
