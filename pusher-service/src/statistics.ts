import type { Reading } from '@meower/shared/metrics/reading.ts';

/** What a pusher has done since its start. */
export class Statistics {
  /** Clients that have connected. */
  opened = 0;
  /** Written to sockets; each frame once for each client. */
  frames = 0;
  bytes = 0;
  /** Clients that came with a cursor: from where they got what they missed, `refetch` if they have to fetch it. */
  readonly catchUps = { ring: 0, history: 0, refetch: 0, failed: 0 };
  /** Why clients were disconnected. */
  readonly disconnected = {
    'too slow': 0,
    'too many messages': 0,
    'too many bytes': 0,
    'try again': 0,
    'no pong': 0,
    'the server is going away': 0,
  };

  readings(sockets: () => number): Reading[] {
    const counter = (name: string, help: string, read: Reading['read'], label?: string): Reading => ({
      ...{ type: 'counter', name: `meower_pusher_${name}_total`, help, read },
      ...(label && { label }),
    });
    return [
      { type: 'gauge', name: 'meower_pusher_sockets', help: 'Open WebSockets', read: sockets },
      counter('sockets_opened', 'WebSockets that were opened', () => this.opened),
      counter('frames', 'Frames written to sockets', () => this.frames),
      counter('bytes', 'Bytes written to sockets', () => this.bytes),
      counter('catch_ups', 'Clients that came with a cursor', () => this.catchUps, 'outcome'),
      counter('disconnected', 'Clients that were disconnected', () => this.disconnected, 'reason'),
    ];
  }
}

export type CatchUpOutcome = keyof Statistics['catchUps'];
export type DisconnectReason = keyof Statistics['disconnected'];
