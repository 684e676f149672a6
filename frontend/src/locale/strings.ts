import { strings as english } from './languages/en.ts';
import { countedIn } from './plurals.ts';

export type Strings = ReturnType<typeof english>;

/** The strings of the page, in the reader's language once `loadStrings` has resolved. */
export let strings: Strings = english(countedIn('en'));

/** The reader's language could not be loaded, so that the page is in English. */
export let isUntranslated = false;

type Translation = { strings: typeof english };
const translations = import.meta.glob<Translation>(['./languages/*.ts', '!./languages/en.ts']);

/** Chooses the first of the reader's languages that the page has; English without one. */
export async function loadStrings(languages: readonly string[] = navigator.languages): Promise<void> {
  const codes = languages.map((language) => language.split('-', 1)[0] ?? '');
  const code = codes.find((one) => one === 'en' || `./languages/${one}.ts` in translations) ?? 'en';
  isUntranslated = false;
  try {
    const translation = await translations[`./languages/${code}.ts`]?.();
    strings = (translation?.strings ?? english)(countedIn(code));
  } catch (error) {
    isUntranslated = true;
    console.warn('The translation could not be loaded, so the page is in English.', error);
  }
  document.documentElement.lang = strings.locale;
}

/** Creates what phrases with a count need. Browsers take their time for that. */
export function preparePlurals(): void {
  strings.timeline.newMeows(0);
}
