import type { Lag } from '@meower/shared/message/capabilities.ts';
import type { Hub } from './hub.ts';
import type { MeowHistory } from './meow-history.ts';

/** How far the frames are behind the events. Rejects before the first event, when that is unknown. */
export async function followerLag(hub: Pick<Hub, 'seq'>, history: MeowHistory): Promise<Lag> {
  const { end } = await history.range();
  const { seq } = hub;
  if (seq === undefined) throw new Error('no event has come yet');
  const [next] = end > seq ? (await history.read(seq, 1)).events : [];
  if (!next) return { messages: 0, oldestAgeMs: 0 };
  return { messages: end - seq, oldestAgeMs: Math.max(0, Date.now() - next.message.publishedAt.getTime()) };
}
