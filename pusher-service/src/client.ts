import type { Duplex } from 'node:stream';
import { type ClientSocket, listenFor } from './client-socket.ts';

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

type ClosedListener = (client: Client) => void;

/**
 * One connected browser. Text frames are written to its socket as they are, so that a frame is built once for all clients; `ws` does the
 * handshake and the control frames. Both write whole frames, so they don't mix.
 */
export class Client {
  readonly #webSocket: ClientSocket;
  readonly #socket: Duplex;
  readonly #limits: ClientLimits;
  readonly #closedListeners: ClosedListener[] = [];
  #alive = true;
  #messages = 0;
  #closing = false;

  constructor(webSocket: ClientSocket, socket: Duplex, limits: ClientLimits) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#limits = limits;
    listenFor(this, webSocket);
  }

  onClose(listener: ClosedListener): void {
    this.#closedListeners.push(listener);
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
    this.end();
  }

  /** Each ping costs a pong, which waits in memory when the client does not read. */
  messageCame(): void {
    if (++this.#messages > this.#limits.maxMessages)
      this.close(CloseCode.policyViolation, 'too many messages');
  }

  pongCame(): void {
    this.#alive = true;
    this.messageCame();
  }

  /** Leaves the peer a moment to take the close frame and answer it. */
  end(): void {
    if (this.#closing) return;
    this.#closing = true;
    const deadline = setTimeout(() => this.#webSocket.terminate(), CLOSE_TIMEOUT_MS);
    this.onClose(() => clearTimeout(deadline));
  }

  /** The connection is gone. */
  closed(): void {
    for (const listener of this.#closedListeners) listener(this);
  }
}
