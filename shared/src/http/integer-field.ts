import { z } from 'zod';

interface IntegerLimits {
  /** Default 1. */
  min?: number;
  /** Default: the greatest safe integer. */
  max?: number;
  /** What an absent or empty field means. Without it the field is required. */
  absent?: number;
}

/**
 * Of a page in the order of ids: `after`, the last id of the page before it, and `limit`, at most 1000 and
 * `defaultLimit` when it is absent.
 */
export const keysetFields = (defaultLimit: number) => ({
  after: integerField({ min: 0, absent: 0 }),
  limit: integerField({ max: 1000, absent: defaultLimit }),
});

/** A whole number, as a form, a query string or JSON has it, for a schema that `parseFields` reads. */
export function integerField({ min = 1, max = Number.MAX_SAFE_INTEGER, absent }: IntegerLimits = {}) {
  const message = `must be a whole number from ${min} to ${max}`;
  const integer = z
    .int({ error: ({ input }) => (input === undefined ? undefined : message) })
    .min(min, message)
    .max(max, message);
  const toNumber = (input: unknown) => {
    if (input === '') return undefined;
    return typeof input === 'string' && /^-?\d+$/.test(input) ? Number(input) : input;
  };
  return z.preprocess(toNumber, absent === undefined ? integer : integer.default(absent));
}
