/** Splits a list, in its order, into pieces of at most `maxItems` and about `maxBytes`. */
export function toPieces<T>(
  items: readonly T[],
  sizeOf: (item: T) => number,
  { maxItems, maxBytes }: { maxItems: number; maxBytes: number },
): T[][] {
  const pieces: T[][] = [];
  let piece: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (piece.length === 0 || piece.length >= maxItems || bytes + size > maxBytes) {
      piece = [];
      bytes = 0;
      pieces.push(piece);
    }
    piece.push(item);
    bytes += size;
  }
  return pieces;
}
