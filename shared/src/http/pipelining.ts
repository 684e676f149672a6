import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Handles the requests of one connection one after another, so that a client that pipelines them has no more
 * of the server than one that waits for each response. Disconnects a client that sends more than `maxWaiting`
 * ahead: browsers and proxies send none. If it does so in one packet, none of them is handled.
 */
export function oneAtATime(listener: RequestListener, maxWaiting: number): RequestListener {
  const waitingOn = new WeakMap<Socket, [IncomingMessage, ServerResponse][]>();

  // Shared by all responses.
  function onResponseClose(this: ServerResponse): void {
    const { socket } = this.req;
    const next = waitingOn.get(socket)?.shift();
    if (next) handle(...next);
    else waitingOn.delete(socket);
  }

  function handle(req: IncomingMessage, res: ServerResponse): void {
    if (req.socket.destroyed) return;
    res.on('close', onResponseClose);
    listener(req, res);
  }

  return (req, res) => {
    const waiting = waitingOn.get(req.socket);
    if (!waiting) {
      waitingOn.set(req.socket, []);
      // After all that came with it is parsed.
      process.nextTick(handle, req, res);
    } else if (waiting.length < maxWaiting) {
      waiting.push([req, res]);
    } else {
      req.socket.destroy();
      stopParsing(req.socket);
    }
  };
}

/** As for a request that upgrades its connection: the parser leaves the rest of its input alone. */
const STOP = 2;

/**
 * Node makes requests of all that a packet contains, also on a destroyed socket: for a thousand requests in
 * 64 kB that takes 10 ms, in which the event loop does nothing else. It has no documented way to stop.
 */
function stopParsing(socket: Socket & { parser?: { onIncoming?: unknown } | null }): void {
  if (socket.parser) socket.parser.onIncoming = () => STOP;
}
