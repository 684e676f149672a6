import { connect, type Socket } from 'node:net';
import type { Measured } from '../rounds.ts';
import { percentile } from '../statistics.ts';
import { runCommands } from '../worker-process/serve-commands.ts';
import { AnswerReader } from './http-response-parser.ts';

export interface HttpJob {
  port: number;
  connections: number;
  seconds: number;
  /** Whole requests, sent again and again, one after the other on each connection. */
  requests: readonly string[];
  /** Any other status is an error. */
  status: number;
  /** How many requests to send a second, all in all; as many as are answered when absent. */
  pace?: number;
}

/** An HTTP client that is cheap enough not to be what is measured: bytes made beforehand, plain sockets, answers read as far as needed. */
runCommands<undefined>(async () => ({
  run: (job: HttpJob) => load(job),
  close: () => undefined,
}));

async function load({ port, connections, seconds, requests, status, pace }: HttpJob): Promise<Measured> {
  const bytes = requests.map((request) => Buffer.from(request));
  const latencies: number[] = [];
  let next = 0;
  let errors = 0;
  let stop = false;
  let started = 0;

  const talk = (socket: Socket) =>
    new Promise<void>((resolve, reject) => {
      let sentAt = 0;
      const send = () => {
        sentAt = performance.now();
        socket.write(bytes[next++ % bytes.length] as Buffer);
      };
      const reader = new AnswerReader((answered) => {
        latencies.push(performance.now() - sentAt);
        if (answered !== status) errors++;
        const waitMs = pace ? started + (1000 * next) / pace - performance.now() : 0;
        if (stop) resolve();
        else if (waitMs > 1) setTimeout(send, waitMs);
        else send();
      });
      socket.on('data', (chunk) => reader.read(chunk));
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the server has closed a connection')));
      send();
    });

  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  started = performance.now();
  const timer = setTimeout(() => {
    stop = true;
  }, seconds * 1000);
  try {
    await Promise.all(sockets.map(talk));
  } finally {
    clearTimeout(timer);
    for (const socket of sockets) socket.removeAllListeners('close').destroy();
  }
  const elapsed = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    perSecond: (latencies.length - errors) / elapsed,
    errors,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}
