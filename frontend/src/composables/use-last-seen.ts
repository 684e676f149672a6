import { onBeforeUnmount, onMounted, type Ref, readonly, ref } from 'vue';
import { browserStorage } from '../browser-storage.ts';

const KEY = 'meower.last-seen';
/** After a shorter absence, readers remember where they were. */
const ABSENCE_MS = 5 * 60_000;
const storage = browserStorage();

/** The newest meow that the reader had seen before an absence. `newest` is the newest one shown. */
export function useLastSeen(newest: () => string | undefined): Readonly<Ref<string | undefined>> {
  const seen = ref(seenBeforeAbsence());

  function leaveOrReturn(): void {
    const id = newest();
    if (!document.hidden) seen.value = seenBeforeAbsence() ?? seen.value;
    else if (id !== undefined) storage.set(KEY, `${Date.now()} ${id}`);
  }
  onMounted(() => document.addEventListener('visibilitychange', leaveOrReturn));
  onBeforeUnmount(() => document.removeEventListener('visibilitychange', leaveOrReturn));
  return readonly(seen);
}

function seenBeforeAbsence(): string | undefined {
  const [leftAt, id] = storage.get(KEY)?.split(' ') ?? [];
  return Date.now() - Number(leftAt) >= ABSENCE_MS ? id : undefined;
}
