import { onBeforeUnmount, onMounted } from 'vue';
import { browserStorage } from './browser-storage.ts';

const OFF = 'meower.shortcuts-off';
const storage = browserStorage();

/** Readers who speak to their computer need to turn off shortcuts of a single key. */
export const shortcuts = {
  areOn: () => storage.get(OFF) === null,
  turn: (on: boolean) => (on ? storage.remove(OFF) : storage.set(OFF, '1')),
};

/** Actions by key, unless the reader types a text or has a dialog open. */
export function useShortcuts(actions: Record<string, () => void>): void {
  function press(event: KeyboardEvent): void {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    const action = actions[key];
    if (action === undefined || ctrlKey || metaKey || altKey || !shortcuts.areOn()) return;
    if (document.querySelector('dialog[open]') !== null) return;
    if (target instanceof Element && target.matches('input, textarea')) return;
    event.preventDefault();
    action();
  }
  onMounted(() => addEventListener('keydown', press));
  onBeforeUnmount(() => removeEventListener('keydown', press));
}

/** Focuses the meow after or before the focused one; without one, the first that can be read. */
export function focusMeow(step: 1 | -1): void {
  const meows = [...document.querySelectorAll<HTMLElement>('main article[tabindex]')];
  const focused = meows.findIndex((meow) => meow.contains(document.activeElement));
  const readable = meows.findIndex((meow) => meow.getBoundingClientRect().top >= headerBottom());
  meows[focused < 0 ? readable : focused + step]?.focus();
}

/** Focuses the last control before a feed or the first one after it. */
export function leaveFeed(feed: HTMLElement, to: 'before' | 'after'): void {
  const controls = [
    ...document.querySelectorAll<HTMLElement>('a[href], :is(button, input, textarea):enabled'),
  ].filter((control) => control.checkVisibility() && !feed.contains(control));
  const follows = (control: HTMLElement) =>
    (feed.compareDocumentPosition(control) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  const control = to === 'after' ? controls.find(follows) : controls.findLast((one) => !follows(one));
  control?.focus();
}

function headerBottom(): number {
  return document.querySelector('header')?.getBoundingClientRect().bottom ?? 0;
}
