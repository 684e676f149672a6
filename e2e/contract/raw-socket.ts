import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const TIMEOUT_MS = 60_000;

/** A plain connection, to send what a client library would not send. */
export function dial(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: Number(port || 80) });
}

/** Sends the chunks, then waits until the server ends the connection. Returns what it sent, as text. */
export async function sendRaw(url: string, ...chunks: (string | Buffer)[]): Promise<string> {
  const socket = dial(url);
  const answer = readUntilEnd(socket);
  for (const chunk of chunks) socket.write(chunk);
  return answer;
}

/** Sends the request; returns the first chunk of the response, with its status line. The server may keep the connection. */
export async function readFirstChunk(url: string, request: string): Promise<string> {
  const socket = dial(url);
  try {
    socket.write(request);
    const [answer] = await once(socket, 'data');
    return String(answer);
  } finally {
    socket.destroy();
  }
}

/** Returns what is received until the connection ends. Rejects if it stays open. */
export async function readUntilEnd(socket: Socket): Promise<string> {
  const received: Buffer[] = [];
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  // A reset while writing ends the connection too.
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
