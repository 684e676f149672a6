import { WebSocket } from 'ws';
import type { Client } from './client.ts';

/** A WebSocket that `ws` creates. All sockets share the same listeners, which find the client here. */
export class ClientSocket extends WebSocket {
  client!: Client;
}

/** Reports the events of the socket to the client. */
export function reportEvents(socket: ClientSocket, client: Client): void {
  socket.client = client;
  socket.on('message', onMessage).on('ping', onMessage).on('pong', onPong);
  socket.on('error', onError).on('close', onClose);
}

function onMessage(this: WebSocket): void {
  clientOf(this).handleMessage();
}

function onPong(this: WebSocket): void {
  clientOf(this).handlePong();
}

function onError(this: WebSocket): void {
  clientOf(this).handleError();
}

function onClose(this: WebSocket): void {
  clientOf(this).handleClose();
}

/** The listeners belong to a `ClientSocket`: only `reportEvents` adds them. */
function clientOf(webSocket: WebSocket): Client {
  return (webSocket as ClientSocket).client;
}
