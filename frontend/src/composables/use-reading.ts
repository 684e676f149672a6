import { onActivated, onBeforeUnmount, onDeactivated, onMounted, watch } from 'vue';
import type { Meow } from '../meow/meow.ts';
import { useStore } from '../store/index.ts';

/** Scrolled less than this, the reader still counts as at the top. */
const AT_TOP_PX = 8;
/** When more meows than this come within the time, the list would move too often to be read. */
const BUSY = { meows: 5, withinMs: 5_000 };

/**
 * Reports to the store when nothing in the timeline may move: while the reader is further down, points at the
 * list or has the focus in it, and while many meows come. Returns the listeners that the list needs for that.
 */
export function useReading() {
  const store = useStore();
  const timeline = store.state.timeline;
  let active = false;
  let pointed = false;
  let pointer = { x: Number.NaN, y: Number.NaN };
  let focused = false;
  let arrivals: number[] = [];
  let calm: ReturnType<typeof setTimeout> | undefined;

  function update(): void {
    const reading = window.scrollY > AT_TOP_PX || pointed || focused || arrivals.length > BUSY.meows;
    if (active && reading !== timeline.reading) store.commit('timeline/reading', reading);
  }

  function countArrivals(meows: readonly Meow[]): void {
    const time = Date.now();
    const recent = arrivals.filter((at) => at > time - BUSY.withinMs);
    const shown: readonly Meow[] = store.getters['preferences/shown'](meows);
    arrivals = [...recent, ...shown.slice(0, BUSY.meows + 1).map(() => time)];
    clearTimeout(calm);
    calm = setTimeout(() => {
      arrivals = [];
      update();
    }, BUSY.withinMs);
    update();
  }

  function start(): void {
    active = true;
    addEventListener('scroll', update, { passive: true });
    // Now, it would force a layout in the middle of rendering.
    requestAnimationFrame(update);
  }
  function stop(): void {
    active = pointed = focused = false;
    removeEventListener('scroll', update);
  }

  watch(() => timeline.arrived, countArrivals, { flush: 'sync' });
  // What the reader asked for has been shown, or a gap has been closed.
  watch([() => timeline.reading, () => timeline.gap], update);
  onMounted(start);
  onActivated(start);
  onDeactivated(stop);
  onBeforeUnmount(() => {
    stop();
    clearTimeout(calm);
  });

  const changing = (change: () => void) => () => {
    change();
    update();
  };
  return {
    onPointermove({ clientX, clientY }: PointerEvent) {
      // Browsers also report a list that moves under a resting pointer.
      if (clientX === pointer.x && clientY === pointer.y) return;
      pointer = { x: clientX, y: clientY };
      pointed = true;
      update();
    },
    onPointerleave: changing(() => {
      pointed = false;
    }),
    onFocusin: changing(() => {
      focused = true;
    }),
    onFocusout: changing(() => {
      focused = false;
    }),
  };
}
