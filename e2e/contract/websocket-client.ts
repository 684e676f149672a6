import { type Frame, FrameKind, type MeowCreatedFrame } from '@meower/shared/schema/frames.ts';
import { WebSocket } from 'ws';

const TIMEOUT_MS = 15_000;

export interface Closed {
  code: number;
  reason: string;
}

/** A browser's end of `/pusher`, which keeps what it gets and waits for facts. */
export class Watcher {
  readonly frames: Frame[] = [];
  /** How the connection ended, once it has. */
  readonly closed: Promise<Closed>;
  readonly webSocket: WebSocket;
  #waiting: (() => void)[] = [];

  /** Resolves when the connection is open. Frames that come at once are kept as well. */
  static async open(url: string, path = '/pusher'): Promise<Watcher> {
    const watcher = new Watcher(url, path);
    await new Promise((resolve, reject) => {
      watcher.webSocket.once('open', resolve);
      watcher.webSocket.once('error', reject);
    });
    return watcher;
  }

  private constructor(url: string, path: string) {
    this.webSocket = new WebSocket(url.replace(/^http/, 'ws') + path);
    this.webSocket.on('message', (data, isBinary) => {
      if (isBinary) throw new Error('a binary message came');
      this.frames.push(JSON.parse(String(data)));
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

  /** The meow's frame, as soon as it is there. */
  async meow(id: string, timeoutMs = TIMEOUT_MS): Promise<MeowCreatedFrame> {
    await this.until(() => this.meows.some((frame) => frame.id === id), `the meow ${id}`, timeoutMs);
    return this.meows.find((frame) => frame.id === id) as MeowCreatedFrame;
  }

  /** Resolves as soon as it is true, which is asked after each frame. Rejects when the connection ends before, or it takes too long. */
  async until(isTrue: () => boolean, what: string, timeoutMs = TIMEOUT_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const timer = setTimeout(() => this.#wake(), timeoutMs);
    try {
      while (!isTrue()) {
        const isOver = this.webSocket.readyState === WebSocket.CLOSED;
        if (isOver || Date.now() >= deadline) {
          throw new Error(
            `${isOver ? 'closed' : 'timed out'} waiting for ${what}, ${this.frames.length} frames came`,
          );
        }
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Hangs up and waits for the end. */
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

/** How an upgrade is refused. */
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
