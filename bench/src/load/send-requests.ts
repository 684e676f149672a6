import { connect, type Socket } from 'node:net';
import type { Measurements } from '../rounds.ts';
import { percentile } from '../statistics.ts';
import { HttpResponseParser } from './http-response-parser.ts';

export interface HttpJob {
  /** Default: this machine. */
  host?: string;
  port: number;
  connections: number;
  seconds: number;
  /** Complete requests, sent in turn, one after the other on each connection. */
  requests: readonly string[];
  /** Any other status is an error. */
  status: number;
  /**
   * Requests to send per second over all connections. Without it each connection sends as soon as it has its
   * response.
   */
  perSecond?: number;
}

/**
 * An HTTP client that costs little compared with the server: it sends prepared bytes and parses no more than it must.
 * Rejects if a connection ends.
 */
export async function sendRequests(job: HttpJob): Promise<Measurements> {
  const { host = '127.0.0.1', port, connections, seconds, requests, status, perSecond } = job;
  const bytes = requests.map((request) => Buffer.from(request));
  const latencies: number[] = [];
  let next = 0;
  let errors = 0;
  let stopped = false;
  let started = 0;

  const useConnection = (socket: Socket) =>
    new Promise<void>((resolve, reject) => {
      let sentAt = 0;
      const send = () => {
        sentAt = performance.now();
        socket.write(bytes[next++ % bytes.length] as Buffer);
      };
      const parser = new HttpResponseParser((receivedStatus) => {
        latencies.push(performance.now() - sentAt);
        if (receivedStatus !== status) errors++;
        const waitMs = perSecond ? started + (1000 * next) / perSecond - performance.now() : 0;
        if (stopped) resolve();
        else if (waitMs > 1) setTimeout(send, waitMs);
        else send();
      });
      socket.on('data', (chunk) => parser.read(chunk));
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the server closed a connection')));
      send();
    });

  const sockets = await Promise.all(Array.from({ length: connections }, () => open(host, port)));
  started = performance.now();
  const timer = setTimeout(() => {
    stopped = true;
  }, seconds * 1000);
  try {
    await Promise.all(sockets.map(useConnection));
  } finally {
    clearTimeout(timer);
    for (const socket of sockets) socket.removeAllListeners('close').destroy();
  }
  const elapsedSeconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    perSecond: (latencies.length - errors) / elapsedSeconds,
    errors,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

function open(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}
