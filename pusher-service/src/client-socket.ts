import { WebSocket } from 'ws';
import type { Client } from './client.ts';

/** For `ws` to make: knows whose it is, so that many thousands share their listeners. */
export class ClientSocket extends WebSocket {
  client!: Client;
}

/** Tells the client what happens to its socket. */
export function listenFor(client: Client, socket: ClientSocket): void {
  socket.client = client;
  socket.on('message', onMessage).on('ping', onMessage).on('pong', onPong);
  socket.on('error', onError).on('close', onClosed);
}

function onMessage(this: WebSocket): void {
  clientOf(this).messageCame();
}

function onPong(this: WebSocket): void {
  clientOf(this).pongCame();
}

/** A broken connection or frame: `ws` has sent the code, which would be lost if the connection were cut at once. */
function onError(this: WebSocket): void {
  clientOf(this).end();
}

function onClosed(this: WebSocket): void {
  clientOf(this).closed();
}

/** Only a client gives its own socket these listeners. */
function clientOf(webSocket: WebSocket): Client {
  return (webSocket as ClientSocket).client;
}
