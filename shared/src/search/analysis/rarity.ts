/** How much a word as typed adds to the score of a meow, by how many of the meows have it: as in BM25. */
export function rarity(frequency: number, meows: number): number {
  return Math.log(1 + (meows - frequency + 0.5) / (frequency + 0.5));
}
