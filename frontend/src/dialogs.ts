import { shallowRef } from 'vue';

type DialogName = keyof typeof import('./second-script.ts')['dialogs'];

/** The dialog that is open. The page shows one at a time. */
export const dialog = shallowRef<{ name: DialogName; props?: Record<string, unknown> }>();

export function openDialog(name: DialogName, props?: Record<string, unknown>): void {
  dialog.value = { name, props };
}
