import { onBeforeUnmount, onMounted, type Ref, readonly, ref } from 'vue';

const TICK_MS = 1_000;
const now = ref(new Date());
let clock: ReturnType<typeof setInterval> | undefined;
let watchers = 0;

/** The time, to the second, from one clock for the whole page; it ticks while a component looks. */
export function useNow(): Readonly<Ref<Date>> {
  onMounted(() => {
    watchers++;
    clock ??= setInterval(tick, TICK_MS);
  });
  onBeforeUnmount(() => {
    watchers--;
    if (watchers > 0) return;
    clearInterval(clock);
    clock = undefined;
  });
  return readonly(now) as Readonly<Ref<Date>>;
}

function tick(): void {
  now.value = new Date();
}
