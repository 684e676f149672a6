/** Writes a count: a phrase for each plural form that the language has, with `#` in place of the number. */
export type Counted = (count: number, forms: CountedForms) => string;
type CountedForms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

export function countedIn(locale: string): Counted {
  // Created at the first use: browsers take their time for that.
  let rules: Intl.PluralRules | undefined;
  let numbers: Intl.NumberFormat | undefined;
  return (count, forms) => {
    rules ??= new Intl.PluralRules(locale);
    numbers ??= new Intl.NumberFormat(locale);
    return (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count));
  };
}
