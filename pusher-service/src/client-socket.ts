import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Client } from './client.ts';

/** A WebSocket that `ws` creates. All sockets share the same listeners, which find the client here. */
export class ClientSocket extends WebSocket {
  client!: Client;
}

/** The connection below it. */
type ClientStream = Duplex & { client: Client };

/** Reports the events of the WebSocket and of its connection to the client. */
export function reportEvents(webSocket: ClientSocket, stream: Duplex, client: Client): void {
  Object.assign(stream, { client }).on('data', onData);
  webSocket.client = client;
  webSocket.on('message', onMessage).on('ping', onMessage).on('pong', onPong);
  webSocket.on('error', onError).on('close', onClose);
}

function onData(this: Duplex, chunk: Buffer): void {
  // Only `reportEvents` adds this listener.
  (this as ClientStream).client.handleBytes(chunk.length);
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
