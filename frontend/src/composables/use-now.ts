import { onBeforeUnmount, onMounted, type Ref, readonly, ref } from 'vue';

const TICK_MS = 1_000;
const now = ref(new Date());
let clock: ReturnType<typeof setInterval> | undefined;
let users = 0;

/** The time, to the second. One clock serves all components and runs while there are any. */
export function useNow(): Readonly<Ref<Date>> {
  onMounted(() => {
    users++;
    clock ??= setInterval(tick, TICK_MS);
  });
  onBeforeUnmount(() => {
    users--;
    if (users > 0) return;
    clearInterval(clock);
    clock = undefined;
  });
  return readonly(now) as Readonly<Ref<Date>>;
}

function tick(): void {
  now.value = new Date();
}
