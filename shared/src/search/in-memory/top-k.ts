/** The first `count` of the items in the order of `compare`, without sorting all of them. */
export function top<T>(items: Iterable<T>, count: number, compare: (a: T, b: T) => number): T[] {
  if (count <= 0) return [];
  // A heap with the last of the best at its root.
  const heap: T[] = [];
  for (const item of items) {
    if (heap.length < count) {
      heap.push(item);
      rise(heap, compare);
    } else if (compare(item, heap[0] as T) < 0) {
      heap[0] = item;
      sink(heap, compare);
    }
  }
  return heap.sort(compare);
}

function rise<T>(heap: T[], compare: (a: T, b: T) => number): void {
  let child = heap.length - 1;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (compare(heap[child] as T, heap[parent] as T) <= 0) return;
    swap(heap, child, parent);
    child = parent;
  }
}

function sink<T>(heap: T[], compare: (a: T, b: T) => number): void {
  let parent = 0;
  while (true) {
    let last = parent;
    for (const child of [2 * parent + 1, 2 * parent + 2])
      if (child < heap.length && compare(heap[child] as T, heap[last] as T) > 0) last = child;
    if (last === parent) return;
    swap(heap, parent, last);
    parent = last;
  }
}

function swap<T>(heap: T[], i: number, j: number): void {
  [heap[i], heap[j]] = [heap[j] as T, heap[i] as T];
}
