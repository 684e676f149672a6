import { computed, ref } from 'vue';
import { browserStorage } from './browser-storage.ts';

export type Theme = 'system' | 'light' | 'dark';

// The key is also in public/theme.js, which sets the theme before the first paint.
const KEY = 'meower.theme';
const storage = browserStorage();
const ORDER: readonly Theme[] = ['system', 'light', 'dark'];

/** The theme: the system's, or the reader's choice, which the browser keeps. */
export function useTheme() {
  const prefersDark = matchMedia('(prefers-color-scheme: dark)');
  const theme = ref<Theme>(chosenTheme());

  function apply(): void {
    const dark = theme.value === 'system' ? prefersDark.matches : theme.value === 'dark';
    document.documentElement.dataset.bsTheme = dark ? 'dark' : 'light';
  }

  function next(): void {
    theme.value = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length] ?? 'system';
    keep(theme.value);
    apply();
  }

  prefersDark.addEventListener('change', apply);
  apply();
  return { theme: computed(() => theme.value), next };
}

function chosenTheme(): Theme {
  const kept = storage.get(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

function keep(theme: Theme): void {
  if (theme === 'system') storage.remove(KEY);
  else storage.set(KEY, theme);
}
