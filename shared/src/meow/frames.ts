import type { MeowJson } from './meow.ts';

/** What the pusher sends, one JSON text frame each. Clients ignore unknown kinds. */
export const FrameKind = { meowCreated: 1, refetch: 2, meowDeleted: 3 } as const;

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

export type Frame = MeowCreatedFrame | RefetchFrame | MeowDeletedFrame;
