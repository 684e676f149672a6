import { Agent, request } from 'node:http';
import { sleep } from '@meower/shared/async/sleep.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import { percentile } from '../statistics.ts';
import { handleCommands } from '../worker-process/handle-commands.ts';
import { createInterruptCoalescer } from './coalesce-interrupts.ts';
import { FrameCounter } from './frame-counter.ts';
import { createWebSocketOpener } from './websocket-handshake.ts';

interface LatencyJob {
  port: number;
  perSecond: number;
  seconds: number;
}

const ID_AT = '{"kind":1,"id":"'.length;
const ID_LENGTH = 27;

// Posts at a steady rate and measures when the frame of each meow reaches each of many sockets.
handleCommands<{ port: number; sockets: number }>(async ({ port, sockets: count }) => {
  /** When each meow arrived at the sockets, which all receive the meows in the same order. */
  let arrivals: { id: string; times: number[] }[] = [];
  const counters: FrameCounter[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const openWebSocket = createWebSocketOpener();
  const coalesce = createInterruptCoalescer();

  for (let i = 0; i < count; i++) {
    const counter: FrameCounter = new FrameCounter((payload) => {
      const now = performance.now();
      const arrival = arrivals[counter.count - 1];
      if (arrival) arrival.times.push(now);
      else arrivals.push({ id: payload.toString('latin1', ID_AT, ID_AT + ID_LENGTH), times: [now] });
    });
    await openWebSocket({ port, host: '127.0.0.1' }, (chunk) => {
      coalesce();
      counter.read(chunk);
    });
    counters.push(counter);
  }

  const post = () =>
    new Promise<[id: string, answeredAt: number]>((resolve, reject) => {
      const path = '/meows?body=a+meow+on+its+way';
      const sent = request({ agent, port, host: '127.0.0.1', path, method: 'POST' }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve([JSON.parse(text).id, performance.now()]));
      });
      sent.on('error', reject).end();
    });

  return {
    /**
     * From the answer to the POST, which follows the commit, to the frame. A frame that arrived before the
     * answer took 0.
     */
    async run({ perSecond, seconds }: LatencyJob) {
      const posts: Promise<[string, number]>[] = [];
      const started = performance.now();
      while (posts.length < perSecond * seconds) {
        posts.push(post());
        const dueInMs = started + (1000 * posts.length) / perSecond - performance.now();
        if (dueInMs > 1) await sleep(dueInMs);
      }
      const answers = await Promise.all(posts);
      await waitUntil(
        () =>
          counters.every((counter) => counter.count === answers.length) ? undefined : 'frames are missing',
        { intervalMs: 5 },
      );
      const answeredAt = new Map(answers);
      const delays = arrivals.flatMap(({ id, times }) =>
        times.map((at) => Math.max(0, at - (answeredAt.get(id) as number))),
      );
      arrivals = [];
      for (const counter of counters) counter.count = 0;
      delays.sort((a, b) => a - b);
      return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
    },
    close: () => agent.destroy(),
  };
});
