import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { runCommands } from '../child/run-commands.ts';
import { percentile } from '../figures.ts';
import { until } from '../servers/until.ts';
import { FrameCounter } from './frame-counter.ts';
import { shakeHands } from './handshake.ts';

export interface LatencyJob {
  port: number;
  perSecond: number;
  seconds: number;
}

const ID_FROM = '{"kind":1,"id":"'.length;
const ID_LENGTH = 27;

/** Posts at a pace and watches when the frame of each meow comes to each of many sockets. */
runCommands<{ port: number; sockets: number }>(async ({ port, sockets: count }) => {
  const received = new Map<string, number[]>();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });

  const onFrame = (payload: Buffer) => {
    const id = payload.toString('latin1', ID_FROM, ID_FROM + ID_LENGTH);
    const times = received.get(id);
    if (times) times.push(performance.now());
    else received.set(id, [performance.now()]);
  };
  for (let i = 0; i < count; i++) {
    const counter = new FrameCounter(onFrame);
    await shakeHands({ port, host: '127.0.0.1' }, (socket, first) => {
      socket.on('data', (chunk) => counter.read(chunk));
      if (first.length > 0) counter.read(first);
    });
  }

  const post = () =>
    new Promise<[id: string, answeredAt: number]>((resolve, reject) => {
      const path = '/meows?body=a+meow+on+its+way';
      const sent = request({ agent, port, host: '127.0.0.1', path, method: 'POST' }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve([JSON.parse(text).id, performance.now()]));
      });
      sent.on('error', reject).end();
    });

  return {
    /** From the answer to the POST, when it is known to be committed, to the frame; a frame that overtook the answer took 0. */
    async run({ perSecond, seconds }: LatencyJob) {
      const posts: Promise<[string, number]>[] = [];
      const started = performance.now();
      while (posts.length < perSecond * seconds) {
        posts.push(post());
        const dueInMs = started + (1000 * posts.length) / perSecond - performance.now();
        if (dueInMs > 1) await pause(dueInMs);
      }
      const answers = await Promise.all(posts);
      await until(() => answers.every(([id]) => received.get(id)?.length === count));
      const delays = answers.flatMap(([id, answeredAt]) =>
        (received.get(id) as number[]).map((at) => Math.max(0, at - answeredAt)),
      );
      received.clear();
      delays.sort((a, b) => a - b);
      return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
    },
    close: () => agent.destroy(),
  };
});
