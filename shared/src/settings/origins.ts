import { EnvError, makeValidator } from 'envalid';
import type { AllowedOrigins } from '../http/allowed-origins.ts';

/** Origins separated by commas, `*` for all, `self` for the own one only. */
export const origins = makeValidator<AllowedOrigins>((input) => {
  const listed = input.split(',').map((origin) => origin.trim());
  const wrong = listed.find((origin) => !['*', 'self', 'null'].includes(origin) && !isOrigin(origin));
  if (wrong !== undefined) throw new EnvError(`must be origins like https://cats.example, not "${wrong}"`);
  return new Set(listed);
});

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.origin === text;
}
