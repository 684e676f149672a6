import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

export interface ClientLimits {
  /** Bytes that may wait for a client that does not read; beyond that it is dropped. */
  maxWaitingBytes: number;
  /** Messages, pings and pongs that a client may send between two heartbeats; they are ignored, but not for nothing. */
  maxMessages: number;
}

/** Close codes of RFC 6455 and its registry. */
export const CloseCode = { goingAway: 1001, policyViolation: 1008, tryAgainLater: 1013 } as const;

/** How long the peer may take to answer a close frame before it is cut off, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2000;

/**
 * One connected browser. Text frames are written to its socket as they are, so that a frame is built once for all clients; `ws` does the
 * handshake and the control frames. Both write whole frames, so they don't mix.
 */
export class Client {
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #limits: ClientLimits;
  #alive = true;
  #messages = 0;
  #closing = false;

  constructor(webSocket: WebSocket, socket: Duplex, limits: ClientLimits) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#limits = limits;
    webSocket.on('pong', () => {
      this.#alive = true;
    });
    // Each ping costs a pong, which waits in memory when the client does not read.
    for (const event of ['message', 'ping', 'pong']) webSocket.on(event, () => this.#onMessage());
    // A broken connection or frame: `ws` has sent the code, which would be lost if the connection were cut at once.
    webSocket.on('error', () => this.#end());
  }

  onClose(listener: () => void): void {
    this.#webSocket.on('close', listener);
  }

  get isOpen(): boolean {
    return !this.#closing && this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  /** Writes whole frames. A client that has too much waiting already is dropped: it may resume with its cursor. */
  send(frames: Buffer): void {
    if (!this.isOpen) return;
    if (this.#socket.writableLength > this.#limits.maxWaitingBytes)
      this.close(CloseCode.tryAgainLater, 'too slow');
    else this.#socket.write(frames);
  }

  /** Resolves when little enough waits that more can be sent, or the client is gone. */
  drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain || !this.isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        this.#socket.off('drain', end).off('close', end);
        resolve();
      };
      this.#socket.on('drain', end).on('close', end);
    });
  }

  /** Called at every heartbeat: cuts off a peer that has not answered the last ping, and sends the next. */
  beat(): void {
    this.#messages = 0;
    if (!this.#alive) this.#webSocket.terminate();
    this.#alive = false;
    if (this.isOpen) this.#webSocket.ping();
  }

  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#webSocket.close(code, reason);
    this.#end();
  }

  #onMessage(): void {
    if (++this.#messages > this.#limits.maxMessages)
      this.close(CloseCode.policyViolation, 'too many messages');
  }

  /** Leaves the peer a moment to take the close frame and answer it. */
  #end(): void {
    if (this.#closing) return;
    this.#closing = true;
    const deadline = setTimeout(() => this.#webSocket.terminate(), CLOSE_TIMEOUT_MS);
    this.#webSocket.on('close', () => clearTimeout(deadline));
  }
}
