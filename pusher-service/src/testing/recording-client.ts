import type { Frame } from '@meower/shared/meow/frames.ts';
import type { Client } from '../client.ts';

/** Keeps what a client is sent. It is always open and always takes more. */
export class RecordingClient implements Pick<Client, 'isOpen' | 'onClose' | 'drained' | 'send'> {
  /** The frames of each write. */
  readonly writes: Frame[][] = [];
  readonly isOpen = true;

  get frames(): Frame[] {
    return this.writes.flat();
  }

  /** A client has private members: no other class is one for TypeScript. */
  asClient(): Client {
    return this as unknown as Client;
  }

  onClose(): void {}

  async drained(): Promise<void> {}

  send(frames: Buffer): void {
    this.writes.push((frames.toString().match(/\{.*?\}/g) ?? []).map((json) => JSON.parse(json)));
  }
}
