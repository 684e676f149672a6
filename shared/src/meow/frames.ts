import type { MeowJson } from './meow.ts';

/** What the pusher sends, one JSON text frame each. Clients ignore unknown kinds. */
export const FrameKind = { meowCreated: 1, refetch: 2, meowDeleted: 3, heartbeat: 4 } as const;

/** A new meow. `seq` grows with every event; it is the cursor to resume after. */
export interface MeowCreatedFrame extends MeowJson {
  kind: typeof FrameKind.meowCreated;
  seq: number;
}

/** "Your cursor is too old or from another history: fetch the list again." Live frames follow. */
export interface RefetchFrame {
  kind: typeof FrameKind.refetch;
}

/** A meow was deleted: remove it from the page. */
interface MeowDeletedFrame {
  kind: typeof FrameKind.meowDeleted;
  id: string;
  seq: number;
}

/** Sent at regular intervals, because a page cannot see pings: silence means that the connection is dead. */
export interface HeartbeatFrame {
  kind: typeof FrameKind.heartbeat;
}

export type Frame = MeowCreatedFrame | RefetchFrame | MeowDeletedFrame | HeartbeatFrame;
