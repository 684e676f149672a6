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
