import { type Frame, FrameKind } from '../../shared/src/meow/frames.ts';
import { until } from './checks.ts';
import { baseUrl } from './requests.ts';

/** A browser's live connection. */
export interface Watcher {
  /** The ids received, in order. */
  ids: string[];
  /** The ids of meows that were deleted, in order. */
  deletions: string[];
  /** The `seq` of the last frame. */
  cursor(): number | undefined;
  received(id: string): Promise<void>;
  close(): void;
}

export async function watch(cursor?: number): Promise<Watcher> {
  const query = cursor === undefined ? '' : `?cursor=${cursor}`;
  const socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}/pusher${query}`);
  let seq: number | undefined;
  const ids: string[] = [];
  const deletions: string[] = [];
  socket.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame;
    if (!('seq' in frame)) return;
    seq = frame.seq;
    (frame.kind === FrameKind.meowDeleted ? deletions : ids).push(frame.id);
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('the WebSocket was refused')));
  });
  return {
    ids,
    deletions,
    cursor: () => seq,
    received: (id) => until(async () => ids.includes(id)),
    close: () => socket.close(),
  };
}
