import { type Frame, FrameKind } from '@meower/shared/schema/frames.ts';
import { backoffMs } from './backoff.ts';

/** Connecting for the first time · frames flow · waiting for the next attempt at `retryAt` (ms) · the browser says no network. */
export type LiveState =
  | { status: 'connecting' }
  | { status: 'live' }
  | { status: 'reconnecting'; retryAt: number }
  | { status: 'offline' };

export interface LiveClientOptions {
  /** The address to connect to, given the cursor to resume after (undefined: nothing is known yet). */
  url: (cursor: number | undefined) => string;
  /** A frame of a known kind, in the order of sending. */
  onFrame: (frame: Frame) => void;
  onState: (state: LiveState) => void;
  /** The socket is open. `resumed`: it catches up by cursor; otherwise what came before must be fetched now. */
  onOpen: (opened: { resumed: boolean }) => void;
  random?: () => number;
  isOnline?: () => boolean;
  createSocket?: (url: string) => WebSocket;
}

export interface LiveClient {
  /** Connects, and goes on connecting until `close`. */
  start(): void;
  /** Gives up the present socket or wait and connects at once. */
  reconnectNow(): void;
  /** The network has gone: what is open is dead, even if the browser has not noticed. */
  networkLost(): void;
  close(): void;
}

/** A connection must last this long before the waits begin small again: a server that accepts and drops is not stormed. */
const STABLE_MS = 5_000;

export function createLiveClient({
  url,
  onFrame,
  onState,
  onOpen,
  random = Math.random,
  isOnline = () => navigator.onLine,
  createSocket = (address) => new WebSocket(address),
}: LiveClientOptions): LiveClient {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let cursor: number | undefined;
  let attempt = 0;
  let openedAt: number | undefined;

  function connect(): void {
    drop();
    const resumed = cursor !== undefined;
    const current = createSocket(url(cursor));
    socket = current;
    current.onopen = () => {
      openedAt = Date.now();
      onState({ status: 'live' });
      onOpen({ resumed });
    };
    current.onmessage = ({ data }: MessageEvent<unknown>) => receive(data);
    current.onclose = () => retryLater();
  }

  function receive(data: unknown): void {
    const frame = parseFrame(data);
    if (frame === undefined) return;
    // After a refetch the server may count anew, so the old cursor is worth nothing.
    cursor = frame.kind === FrameKind.refetch ? undefined : frame.seq;
    onFrame(frame);
  }

  function retryLater(): void {
    if (openedAt !== undefined && Date.now() - openedAt >= STABLE_MS) attempt = 0;
    drop();
    const waitMs = backoffMs(attempt++, random);
    // `onLine` is false on a machine without network whose own server can be reached, so attempts go on.
    onState(isOnline() ? { status: 'reconnecting', retryAt: Date.now() + waitMs } : { status: 'offline' });
    timer = setTimeout(connect, waitMs);
  }

  function drop(): void {
    clearTimeout(timer);
    openedAt = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    socket = undefined;
  }

  return {
    start() {
      onState({ status: 'connecting' });
      connect();
    },
    reconnectNow() {
      attempt = 0;
      connect();
    },
    networkLost: retryLater,
    close: drop,
  };
}

function parseFrame(data: unknown): Frame | undefined {
  if (typeof data !== 'string') return undefined;
  const frame = JSON.parse(data) as Frame;
  return frame.kind === FrameKind.meowCreated || frame.kind === FrameKind.refetch ? frame : undefined;
}
