import type { Client } from '@elastic/elasticsearch';

/**
 * An index that holds every meow has a second alias. A search that is sent to that alias therefore learns from its own answer whether it has
 * searched a complete index, and an index that is deleted takes the alias along.
 */
export function completeAlias(alias: string): string {
  return `${alias}-complete`;
}

/** The indexes that the alias stands for: one, or none when it was deleted. */
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
 * Records whether the index is complete. Fails when another index is in use by now: `must_exist` is how the engine is told to check that in
 * the same step.
 */
export async function recordCompleteness(
  client: Client,
  alias: string,
  index: string,
  complete: boolean,
): Promise<void> {
  // A search of a complete index finds everything that is in it.
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
