import { type Differences, findDifferences } from '@meower/shared/admin/find-differences.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import type { Goods, Order } from '../events.ts';
import type { ReadModel } from './read-model.ts';

export interface Drift {
  order: Differences;
  goods: Differences;
  unlisted_goods: { waiting: number; orphaned: number };
}

/** Compares the rows of order-service and goods-service with the read model. `urls`: their base URLs. */
export async function findDrift(
  { states, unlisted }: Pick<ReadModel, 'states' | 'unlisted'>,
  urls: Record<'order' | 'goods', string>,
  settleMs: number,
): Promise<Drift> {
  const compare = (kind: 'order' | 'goods') =>
    findDifferences(
      {
        source: (after, limit) => fetchStates(`${urls[kind]}/v1/${kind}?after=${after}&limit=${limit}`),
        copy: (after, upTo) => states(kind, after, upTo),
      },
      settleMs,
    );
  return { order: await compare('order'), goods: await compare('goods'), unlisted_goods: await unlisted() };
}

async function fetchStates(url: string) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((cause: unknown) => {
    throw new HttpError(503, 'A service to compare with is unavailable', { cause });
  });
  if (!answer.ok) throw new HttpError(503, `A service to compare with answered ${answer.status}`);
  const { data } = (await answer.json()) as { data: (Order | Goods)[] }; // of a service of this system
  return data.map((row) => {
    return { id: row.id, state: `${'user_id' in row ? row.user_id : row.order_id}/${row.version}` };
  });
}

/** For Prometheus. */
export function toMetrics({ unlisted_goods, ...drift }: Drift): string {
  const lines = Object.entries(drift).flatMap(([kind, { missing, outdated, surplus }]) =>
    Object.entries({ missing, outdated, surplus }).map(
      ([what, count]) => `order_history_drift{kind="${kind}",what="${what}"} ${count}\n`,
    ),
  );
  for (const [why, count] of Object.entries(unlisted_goods))
    lines.push(`order_history_unlisted_goods{why="${why}"} ${count}\n`);
  return lines.join('');
}
