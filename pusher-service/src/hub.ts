import { type MeowEvent, meowCreated, meowDeleted, REPUBLISHED } from '@meower/shared/event/meow-events.ts';
import {
  type Frame,
  FrameKind,
  type HeartbeatFrame,
  type MeowAnnouncedFrame,
  type RefetchFrame,
} from '@meower/shared/meow/frames.ts';
import type { AnnouncedMessage, SequencedMessage } from '@meower/shared/message/capabilities.ts';
import type { TraceMissedFrames } from '@meower/shared/tracing/trace-frame.ts';
import type { Client } from './client.ts';
import { RecentIds } from './recent-ids.ts';
import { Ring } from './ring.ts';
import { textFrame } from './text-frame.ts';

const refetch: RefetchFrame = { kind: FrameKind.refetch };
export const REFETCH = textFrame(JSON.stringify(refetch));
const heartbeat: HeartbeatFrame = { kind: FrameKind.heartbeat };
export const HEARTBEAT = textFrame(JSON.stringify(heartbeat));

/** Frames in one write to a client that resumes. */
const RESUME_FRAMES = 500;

/** An event as the frame that every client gets. */
export function meowFrame(event: MeowEvent<SequencedMessage>): Buffer {
  const { seq } = event.message;
  const frame: Frame =
    event.name === meowDeleted.name
      ? { kind: FrameKind.meowDeleted, id: event.data.id, seq }
      : { kind: FrameKind.meowCreated, ...event.data, seq };
  return textFrame(JSON.stringify(frame));
}

/** Called with an event that becomes a frame; what it returns, when that has been written to so many sockets. */
export type OnFrame = (event: MeowEvent<SequencedMessage>) => (sockets: number) => void;

/**
 * Sends every event to every live client. The frames of one turn of the event loop go out in one write per
 * socket: the cost of a broadcast is system calls, not frames.
 */
export class Hub {
  readonly #live = new Set<Client>();
  readonly #leave = (client: Client) => this.#live.delete(client);
  readonly #ring: Ring;
  readonly #deleted: RecentIds;
  /** Announcements are repeated, and sent to clients once. */
  readonly #announced: RecentIds;
  readonly #onFrame: readonly OnFrame[];
  readonly #traceMissed: TraceMissedFrames | undefined;
  #outbound: Buffer[] = [];
  /** To be called when the frames that wait have been written. */
  #onWritten: ((sockets: number) => void)[] = [];
  #next = Promise.withResolvers<void>();

  constructor(ringSize: number, onFrame: readonly OnFrame[] = [], traceMissed?: TraceMissedFrames) {
    this.#onFrame = onFrame;
    this.#traceMissed = traceMissed;
    this.#ring = new Ring(ringSize);
    this.#deleted = new RecentIds(ringSize);
    this.#announced = new RecentIds(ringSize);
  }

  /** The number of the newest event; unknown before the first one and after `reset`. */
  get seq(): number | undefined {
    return this.#ring.end;
  }

  /** The first event, which may already have come, is the next one after `seq`. */
  startAfter(seq: number): void {
    this.#ring.startAfter(seq);
  }

  broadcast(event: MeowEvent<SequencedMessage>): void {
    const { seq } = event.message;
    const { id } = event.data;
    if (event.name === meowDeleted.name) this.forget(id);
    if (this.isNews(event)) {
      const frame = meowFrame(event);
      const traceparent = this.#traceMissed && event.message.metadata.traceparent;
      this.#ring.push({ seq, id, frame, traceparent });
      this.#enqueue(frame);
      for (const call of this.#onFrame) this.#onWritten.push(call(event));
    } else {
      this.#ring.skip(seq);
      this.#wake();
    }
  }

  /** Sends live clients a meow that the event stream cannot store yet. Its event follows. */
  announce(event: MeowEvent<AnnouncedMessage>): void {
    if (event.name !== meowCreated.name || !this.isNews(event)) return;
    if (this.#announced.has(event.data.id)) return;
    this.#announced.add(event.data.id);
    const frame: MeowAnnouncedFrame = { kind: FrameKind.meowAnnounced, ...event.data };
    this.#enqueue(textFrame(JSON.stringify(frame)));
  }

  /** The meow is deleted: clients do not receive it any more. */
  forget(id: string): void {
    this.#deleted.add(id);
    this.#ring.remove(id);
  }

  /**
   * Whether clients receive the event: a republished one is for the search index only, a deleted meow stays
   * deleted.
   */
  isNews({ name, data, message }: MeowEvent<AnnouncedMessage>): boolean {
    if (name === meowDeleted.name) return true;
    return message.metadata[REPUBLISHED] === undefined && !this.#deleted.has(data.id);
  }

  /** This hub has missed events: asks all live clients to fetch the list again. */
  reset(): void {
    this.#ring.reset();
    this.#enqueue(REFETCH);
  }

  /** Makes the client live from now on. */
  join(client: Client): void {
    // The frames that wait for the end of this turn were broadcast before the client joined.
    this.#flush();
    this.#add(client);
  }

  /**
   * Sends the next frames after the cursor and makes the client live if no more are left. Returns the
   * number of the last one sent, or `undefined` when the frames after the cursor are not here.
   */
  resume(client: Client, cursor: number): { live: boolean; seq: number } | undefined {
    const missed = this.#ring.after(cursor, RESUME_FRAMES);
    if (missed === undefined) return undefined;
    const seq = missed.at(-1)?.seq ?? cursor;
    const live = missed.length < RESUME_FRAMES;
    if (live) this.#flush();
    if (missed.length > 0) {
      client.send(Buffer.concat(missed.map(({ frame }) => frame)), missed.length);
      this.#traceMissed?.(missed.map(({ traceparent }) => traceparent));
    }
    if (live) this.#add(client);
    return { live, seq };
  }

  /** Resolves at the next event or reset. */
  nextEvent(): Promise<void> {
    return this.#next.promise;
  }

  #add(client: Client): void {
    if (!client.isOpen) return;
    this.#live.add(client);
    client.onClose(this.#leave);
  }

  #enqueue(frame: Buffer): void {
    if (this.#outbound.push(frame) === 1) setImmediate(() => this.#flush());
    this.#wake();
  }

  #wake(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  #flush(): void {
    if (this.#outbound.length === 0) return;
    const count = this.#outbound.length;
    const frames = count === 1 ? (this.#outbound[0] as Buffer) : Buffer.concat(this.#outbound);
    this.#outbound = [];
    for (const client of this.#live) client.send(frames, count);
    for (const written of this.#onWritten.splice(0)) written(this.#live.size);
  }
}
