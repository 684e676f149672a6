import { findDifferences } from '@meower/shared/admin/find-differences.ts';
import { pagesOfService } from '@meower/shared/admin/pages-of-service.ts';
import type { Kind, Row } from '../events.ts';
import type { ReadModel } from './read-model.ts';

/** Compares the rows of order-service and goods-service with the read model. `sources`: their base URLs. */
export async function findDrift(
  { states, unlisted }: Pick<ReadModel, 'states' | 'unlisted'>,
  sources: Record<Kind, string | undefined>,
) {
  const stateOf = (row: Row) => `${'user_id' in row ? row.user_id : row.order_id}/${row.version}`;
  const compare = (kind: Kind) => {
    const source = pagesOfService(`${sources[kind]}/v1/${kind}`, stateOf);
    return findDifferences({ source, copy: (after, upTo) => states(kind, after, upTo) });
  };
  return { order: await compare('order'), goods: await compare('goods'), unlisted_goods: await unlisted() };
}
