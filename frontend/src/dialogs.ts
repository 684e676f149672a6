import { type Component, defineAsyncComponent, shallowRef } from 'vue';

const loaders = {
  compose: () => import('./components/ComposeDialog.vue'),
  help: () => import('./components/ShortcutHelp.vue'),
  menu: () => import('./components/MeowMenu.vue'),
  report: () => import('./components/ReportMeow.vue'),
};
type DialogName = keyof typeof loaders;

/** The dialog that is open. The page shows one at a time. */
export const dialog = shallowRef<{ is: Component; props?: Record<string, unknown> }>();

export function openDialog(name: DialogName, props?: Record<string, unknown>): void {
  dialog.value = { is: components[name], props };
}

// The cast: `fromEntries` forgets the keys.
const components = Object.fromEntries(
  Object.entries(loaders).map(([name, load]) => [name, defineAsyncComponent<Component>(load)]),
) as Record<DialogName, Component>;

/** Loads all of them, so that they open without a network as well. Rejects if one cannot be loaded. */
export async function loadDialogs(): Promise<void> {
  await Promise.all(Object.values(loaders).map((load) => load()));
}
