/** Of a KSUID (github.com/segmentio/ksuid): 4 bytes of seconds since its epoch, 16 bytes that are free. */
export const KSUID_BYTES = 20;
export const KSUID_EPOCH_SECONDS = 1_400_000_000;

const LENGTH = 27;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Base-62 digits that one division gives: 16 bits below a remainder under 62⁵ are still an exact number. */
const AT_ONCE = 5;
const DIVISOR = 62 ** AT_ONCE;

/** The bytes as one number in base 62, 27 digits: so that texts sort as the bytes do. Long division, 16 bits at a time. */
export function encodeKsuid(bytes: Buffer): string {
  const number: number[] = [];
  for (let i = 0; i < KSUID_BYTES; i += 2) number.push(bytes.readUInt16BE(i));
  let text = '';
  while (text.length < LENGTH) {
    let rest = 0;
    for (let i = 0; i < number.length; i++) {
      const value = rest * 65_536 + (number[i] as number);
      // The quotient is a digit again: the remainder before it was below the divisor.
      number[i] = Math.floor(value / DIVISOR);
      rest = value % DIVISOR;
    }
    for (let i = 0; i < AT_ONCE && text.length < LENGTH; i++) {
      text = (DIGITS[rest % 62] as string) + text;
      rest = Math.floor(rest / 62);
    }
  }
  return text;
}
