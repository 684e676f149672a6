/** Writes a count: a phrase for each plural form that the language has, with `#` in place of the number. */
export type Counted = (count: number, forms: CountedForms) => string;
type CountedForms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

export function countedIn(locale: string): Counted {
  const rules = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  return (count, forms) => (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count));
}
