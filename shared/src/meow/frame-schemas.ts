import { z } from 'zod';
import { FrameKind } from './frames.ts';
import { meowJson } from './meow.ts';

// Apart from the kinds, because the page must not load zod.

const seq = z.int().min(0).describe('Grows with every event: the cursor to resume after');

export const meowCreatedFrame = z
  .object({ kind: z.literal(FrameKind.meowCreated), ...meowJson.shape, seq })
  .describe('A new meow');

export const meowAnnouncedFrame = z
  .object({ kind: z.literal(FrameKind.meowAnnounced), ...meowJson.shape })
  .describe(
    'A new meow, while the event stream of a cluster has no leader. The frame of the meow, which has the cursor, ' +
      'follows: show the meow once',
  );

export const refetchFrame = z
  .object({ kind: z.literal(FrameKind.refetch) })
  .describe('The cursor is too old or from another history: fetch the list again. Live frames follow');

export const meowDeletedFrame = z
  .object({ kind: z.literal(FrameKind.meowDeleted), id: meowJson.shape.id, seq })
  .describe('A meow was deleted: remove it from the page');

export const heartbeatFrame = z
  .object({ kind: z.literal(FrameKind.heartbeat) })
  .describe('Sent every 5 s, because a page cannot see pings: silence means that the connection is dead');
