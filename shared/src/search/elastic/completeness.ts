import type { Client } from '@elastic/elasticsearch';

/**
 * A complete index, which holds every meow, has this second alias. A search through it succeeds only if the
 * index is complete, so no other request has to check that; and the alias is deleted with the index.
 */
export function completeAlias(alias: string): string {
  return `${alias}-complete`;
}

/** The indexes of the alias: one, or none if it was deleted. */
export async function indexesInUse(
  client: Client,
  alias: string,
): Promise<{ index: string; complete: boolean }[]> {
  const indexes = await client.indices.getAlias({ index: alias }, { ignore: [404] });
  return Object.entries(indexes).flatMap(([index, { aliases }]) =>
    aliases?.[alias] ? [{ index, complete: completeAlias(alias) in aliases }] : [],
  );
}

/**
 * Records whether the index is complete. Fails if another index is in use by now: `must_exist` makes the
 * engine check that in the same step.
 */
export async function recordCompleteness(
  client: Client,
  alias: string,
  index: string,
  complete: boolean,
): Promise<void> {
  // A search of a complete index has to find everything that is in it.
  if (complete) await client.indices.refresh({ index });
  const mark = { index, alias: completeAlias(alias) };
  await client.indices.updateAliases({
    actions: [
      { remove: { index, alias, must_exist: true } },
      { add: { index, alias, is_write_index: true } },
      complete ? { add: mark } : { remove: { ...mark, must_exist: false } },
    ],
  });
}
