import { type Frame, FrameKind, type MeowCreatedFrame } from '@meower/shared/meow/frames.ts';
import { WebSocket } from 'ws';
import { expectDocumentedFrame } from './documented.ts';

const TIMEOUT_MS = 15_000;

export interface Closed {
  code: number;
  reason: string;
}

/** A client of `/pusher` that keeps the frames it receives, except heartbeats. */
export class WebSocketClient {
  /** Without deletions, which other tests cause at any time. */
  readonly frames: Frame[] = [];
  readonly #deleted = new Set<string>();
  /** Resolves when the connection has ended. */
  readonly closed: Promise<Closed>;
  readonly webSocket: WebSocket;
  #waiting: (() => void)[] = [];

  /** Resolves when the connection is open. Frames that arrive with the handshake are kept too. */
  static async open(url: string, path = '/pusher'): Promise<WebSocketClient> {
    const client = new WebSocketClient(url, path);
    await new Promise((resolve, reject) => {
      client.webSocket.once('open', resolve);
      client.webSocket.once('error', reject);
    });
    return client;
  }

  private constructor(url: string, path: string) {
    this.webSocket = new WebSocket(url.replace(/^http/, 'ws') + path);
    this.webSocket.on('message', (data, isBinary) => {
      if (isBinary) throw new Error('received a binary message');
      const frame: Frame = JSON.parse(String(data));
      expectDocumentedFrame(frame);
      if (frame.kind === FrameKind.meowDeleted) this.#deleted.add(frame.id);
      else if (frame.kind !== FrameKind.heartbeat) this.frames.push(frame);
      this.#wake();
    });
    this.webSocket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.webSocket.on('close', (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#wake();
      });
    });
  }

  get meows(): MeowCreatedFrame[] {
    return this.frames.filter((frame) => frame.kind === FrameKind.meowCreated);
  }

  /** Resolves to the frame of the meow when it has arrived. */
  async waitForMeow(id: string, timeoutMs = TIMEOUT_MS): Promise<MeowCreatedFrame> {
    await this.waitFor(() => this.meows.some((frame) => frame.id === id), `the meow ${id}`, timeoutMs);
    return this.meows.find((frame) => frame.id === id) as MeowCreatedFrame;
  }

  /** Resolves when the deletion of the meow has arrived. */
  async waitForDeletion(id: string): Promise<void> {
    await this.waitFor(() => this.#deleted.has(id), `the deletion of ${id}`);
  }

  /** Checks the condition after each frame; resolves when it is true. Rejects if the connection ends first, or after `timeoutMs`. */
  async waitFor(isTrue: () => boolean, what: string, timeoutMs = TIMEOUT_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const timer = setTimeout(() => this.#wake(), timeoutMs);
    try {
      while (!isTrue()) {
        const isOver = this.webSocket.readyState === WebSocket.CLOSED;
        if (isOver || Date.now() >= deadline) {
          throw new Error(
            `${isOver ? 'closed' : 'timed out'} waiting for ${what}, ${this.frames.length} frames received`,
          );
        }
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes the connection; resolves when it has ended. */
  async close(): Promise<void> {
    this.webSocket.close();
    await this.closed;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** The response that refuses an upgrade. Rejects if the upgrade is accepted. */
export function refusedUpgrade(
  url: string,
  path: string,
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(url.replace(/^http/, 'ws') + path);
    webSocket.on('error', reject);
    webSocket.on('open', () => {
      webSocket.close();
      reject(new Error(`${path} was not refused`));
    });
    webSocket.on('unexpected-response', (_request, response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
  });
}
