import { onBeforeUnmount, type Ref, watch } from 'vue';

const AHEAD = '900px';

/** Calls `onNear` when the element at the end of a list comes near the window, and again while it stays there. */
export function useNearEnd(end: Ref<HTMLElement | null>, length: () => unknown, onNear: () => void): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.at(-1)?.isIntersecting) onNear();
    },
    { rootMargin: AHEAD },
  );

  // An observer tells only of changes: a page so short that the end stays near needs to be asked anew.
  watch(
    [end, length],
    ([element]) => {
      observer.disconnect();
      if (element) observer.observe(element);
    },
    { flush: 'post', immediate: true },
  );
  onBeforeUnmount(() => observer.disconnect());
}
