import type { z } from 'zod';
import type {
  heartbeatFrame,
  meowAnnouncedFrame,
  meowCreatedFrame,
  meowDeletedFrame,
  refetchFrame,
} from './frame-schemas.ts';

/** What the pusher sends, one JSON text frame each. Clients ignore unknown kinds. */
export const FrameKind = {
  meowCreated: 1,
  refetch: 2,
  meowDeleted: 3,
  heartbeat: 4,
  meowAnnounced: 5,
} as const;

export type MeowCreatedFrame = z.infer<typeof meowCreatedFrame>;
export type RefetchFrame = z.infer<typeof refetchFrame>;
type MeowDeletedFrame = z.infer<typeof meowDeletedFrame>;
export type HeartbeatFrame = z.infer<typeof heartbeatFrame>;
export type MeowAnnouncedFrame = z.infer<typeof meowAnnouncedFrame>;

export type Frame = MeowCreatedFrame | RefetchFrame | MeowDeletedFrame | HeartbeatFrame | MeowAnnouncedFrame;
