import TinyQueue from 'tinyqueue';

/** The first `count` of the items in the order of `compare`, without sorting all of them. */
export function top<T>(items: Iterable<T>, count: number, compare: (a: T, b: T) => number): T[] {
  if (count <= 0) return [];
  const lastFirst = new TinyQueue<T>([], (a, b) => compare(b, a));
  for (const item of items) {
    if (lastFirst.length < count) lastFirst.push(item);
    else if (compare(item, lastFirst.peek() as T) < 0) {
      // Not empty: it holds `count` items.
      lastFirst.pop();
      lastFirst.push(item);
    }
  }
  return lastFirst.data.sort(compare);
}
