import { type Backoff, backoffMs } from '@meower/shared/async/backoff.ts';
import { type Frame, FrameKind, type HeartbeatFrame } from '@meower/shared/meow/frames.ts';

/**
 * `connecting` for the first time, `live` while the socket is open, `reconnecting` at `retryAt` (ms since the
 * epoch), `offline` while the browser reports no network.
 */
export type LiveState =
  | { status: 'connecting' }
  | { status: 'live' }
  | { status: 'reconnecting'; retryAt: number }
  | { status: 'offline' };

/** The frames that change the page. */
export type NewsFrame = Exclude<Frame, HeartbeatFrame>;

export interface LiveClientOptions {
  /** The address of Meower, or of its pusher; `cursor`: the position to resume after, if there is one. */
  url: string | ((cursor: number | undefined) => string);
  /** Where to resume. Default: from now on. */
  cursor?: number | undefined;
  /** Called for each frame of a known kind, in the order of sending. */
  onFrame: (frame: NewsFrame) => void;
  onState?: (state: LiveState) => void;
  /** The socket is open. Unless it `resumed` from a cursor, the caller must fetch what came before. */
  onOpen?: (opened: { resumed: boolean }) => void;
  /** How long to wait between attempts. */
  backoff?: Backoff;
  random?: () => number;
  isOnline?: () => boolean;
  createSocket?: (url: string) => WebSocket;
}

export interface LiveClient {
  /** Connects, and reconnects until `close`. */
  start(): void;
  /** Drops the current socket or wait and connects immediately. */
  reconnectNow(): void;
  /** Drops the socket, which is dead even if the browser has not noticed. */
  networkLost(): void;
  close(): void;
}

/** A connection that lasted this long resets the back-off: a server that accepts and drops must not. */
const STABLE_MS = 5_000;

const CONNECT_TIMEOUT_MS = 10_000;
/** The pusher sends a heartbeat every 5 s. Older ones send it every 15 s, and are replaced while pages are open. */
const SILENCE_MS = 16_000;

// Wide jitter, so that the browsers that lost a server together do not return together.
const BACKOFF: Backoff = { firstMs: 1_000, longestMs: 30_000, jitter: 0.75 };

export function createLiveClient({
  url,
  cursor,
  onFrame,
  onState,
  onOpen,
  backoff = BACKOFF,
  random = Math.random,
  // Node has no such property.
  isOnline = () => (navigator as { onLine?: boolean }).onLine !== false,
  createSocket = (address) => new WebSocket(address),
}: LiveClientOptions): LiveClient {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let openedAt: number | undefined;

  /** Any frame will do. Without one, the connection is dead, even if the browser has not noticed. */
  function expectFrameWithin(limitMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(retryLater, limitMs);
  }

  function connect(): void {
    drop();
    const resumed = cursor !== undefined;
    const current = createSocket(typeof url === 'string' ? pusherUrl(url, cursor) : url(cursor));
    socket = current;
    expectFrameWithin(CONNECT_TIMEOUT_MS);
    current.onopen = () => {
      openedAt = Date.now();
      expectFrameWithin(SILENCE_MS);
      onState?.({ status: 'live' });
      onOpen?.({ resumed });
    };
    current.onmessage = ({ data }: { data: unknown }) => receive(data);
    current.onclose = () => retryLater();
  }

  function receive(data: unknown): void {
    expectFrameWithin(SILENCE_MS);
    const frame = parseFrame(data);
    if (frame === undefined || frame.kind === FrameKind.heartbeat) return;
    // After a refetch frame the old cursor is invalid: the server may count from the start.
    if (frame.kind === FrameKind.refetch) cursor = undefined;
    else if (frame.kind !== FrameKind.meowAnnounced) cursor = frame.seq;
    onFrame(frame);
  }

  function retryLater(): void {
    if (openedAt !== undefined && Date.now() - openedAt >= STABLE_MS) failures = 0;
    drop();
    const waitMs = backoffMs(++failures, backoff, random);
    // Attempts go on even offline: a server on the same machine can be reached without a network.
    onState?.(isOnline() ? { status: 'reconnecting', retryAt: Date.now() + waitMs } : { status: 'offline' });
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
      onState?.({ status: 'connecting' });
      connect();
    },
    reconnectNow() {
      failures = 0;
      connect();
    },
    networkLost: retryLater,
    close: drop,
  };
}

/** The address of the pusher of a Meower. With a cursor, it first sends what came after that. */
export function pusherUrl(meower: string, cursor?: number): string {
  const url = new URL('/pusher', meower.replace(/^http/, 'ws'));
  if (cursor !== undefined) url.searchParams.set('cursor', String(cursor));
  return url.href;
}

const KNOWN_KINDS = new Set<number>(Object.values(FrameKind));

function parseFrame(data: unknown): Frame | undefined {
  if (typeof data !== 'string') return undefined;
  const frame = JSON.parse(data) as Frame;
  return KNOWN_KINDS.has(frame.kind) ? frame : undefined;
}
