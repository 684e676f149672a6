import type { Duplex } from 'node:stream';
import { type ClientSocket, reportEvents } from './client-socket.ts';
import type { DisconnectReason, Statistics } from './statistics.ts';

export interface ClientLimits {
  /** Bytes that may wait for a client that does not read. It is dropped when there are more. */
  maxWaitingBytes: number;
  /** Messages, pings and pongs that a client may send between two pings. */
  maxMessages: number;
  /** Bytes that a client may send between two pings: frames without content count as no message. */
  maxReceivedBytes: number;
}

/** From the registry of close codes of RFC 6455. */
export const CloseCode = { goingAway: 1001, policyViolation: 1008, tryAgainLater: 1013 } as const;

/** How long a client may take to answer a close frame before it is disconnected, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2000;

type CloseListener = (client: Client) => void;

/**
 * One connected browser. Text frames are built once for all clients and written to the socket unchanged; `ws`
 * does the handshake and the control frames. Both write whole frames, so the frames never mix.
 */
export class Client {
  readonly #webSocket: ClientSocket;
  readonly #socket: Duplex;
  readonly #limits: ClientLimits;
  readonly #statistics: Statistics;
  readonly #closeListeners: CloseListener[] = [];
  #alive = true;
  #messages = 0;
  #receivedBytes = 0;
  #closing = false;

  constructor(webSocket: ClientSocket, socket: Duplex, limits: ClientLimits, statistics: Statistics) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#limits = limits;
    this.#statistics = statistics;
    reportEvents(webSocket, socket, this);
  }

  onClose(listener: CloseListener): void {
    this.#closeListeners.push(listener);
  }

  get isOpen(): boolean {
    return !this.#closing && this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  /**
   * Writes so many whole frames. A client with too many bytes waiting is dropped; it may resume with its
   * cursor.
   */
  send(frames: Buffer, count = 1): void {
    if (!this.isOpen) return;
    if (this.#socket.writableLength > this.#limits.maxWaitingBytes) {
      this.close(CloseCode.tryAgainLater, 'too slow');
      return;
    }
    this.#statistics.frames += count;
    this.#statistics.bytes += frames.length;
    this.#socket.write(frames);
  }

  /** Resolves when the socket takes more, or is closed. */
  drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain || !this.isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      const onReady = () => {
        this.#socket.off('drain', onReady).off('close', onReady);
        resolve();
      };
      this.#socket.on('drain', onReady).on('close', onReady);
    });
  }

  /** Disconnects a client that has not answered the last ping, and sends the next one. */
  ping(): void {
    this.#messages = 0;
    this.#receivedBytes = 0;
    if (!this.#alive) {
      if (!this.#closing) this.#statistics.disconnected['no pong']++;
      this.#webSocket.terminate();
    }
    this.#alive = false;
    if (this.isOpen) this.#webSocket.ping();
  }

  close(code: number, reason: DisconnectReason): void {
    if (this.#closing) return;
    this.#statistics.disconnected[reason]++;
    this.#webSocket.close(code, reason);
    this.#terminateAfterTimeout();
  }

  /** Also for pings: each costs a pong, which waits in memory while the client does not read. */
  handleMessage(): void {
    if (++this.#messages > this.#limits.maxMessages)
      this.close(CloseCode.policyViolation, 'too many messages');
  }

  handleBytes(count: number): void {
    this.#receivedBytes += count;
    if (this.#receivedBytes <= this.#limits.maxReceivedBytes) return;
    this.close(CloseCode.policyViolation, 'too many bytes');
    // What it sends until it is disconnected is not parsed.
    this.#webSocket.pause();
  }

  handlePong(): void {
    this.#alive = true;
    this.handleMessage();
  }

  /**
   * The connection or a frame is broken. `ws` has sent a close frame, which terminating now would discard.
   */
  handleError(): void {
    if (!this.#closing) this.#terminateAfterTimeout();
  }

  handleClose(): void {
    for (const listener of this.#closeListeners) listener(this);
  }

  #terminateAfterTimeout(): void {
    this.#closing = true;
    const timeout = setTimeout(() => this.#webSocket.terminate(), CLOSE_TIMEOUT_MS);
    this.onClose(() => clearTimeout(timeout));
  }
}
