/** Of a KSUID (github.com/segmentio/ksuid): 4 bytes of seconds since its epoch, 16 bytes that are free. */
export const KSUID_BYTES = 20;
export const KSUID_EPOCH_SECONDS = 1_400_000_000;

const LENGTH = 27;
const DIGITS = Buffer.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 'latin1');
/** Base-62 digits that one division gives: 16 bits below a remainder under 62⁵ are still an exact number. */
const AT_ONCE = 5;
const DIVISOR = 62 ** AT_ONCE;

const number = new Float64Array(KSUID_BYTES / 2);
const text = Buffer.alloc(LENGTH);

/** The bytes as one number in base 62, 27 digits: so that texts sort as the bytes do. Long division, 16 bits at a time. */
export function encodeKsuid(bytes: Buffer): string {
  for (let i = 0; i < number.length; i++) number[i] = bytes.readUInt16BE(2 * i);
  let begin = 0;
  for (let end = LENGTH; end > 0; end -= AT_ONCE) {
    let rest = 0;
    for (let i = begin; i < number.length; i++) {
      const value = rest * 65_536 + (number[i] as number);
      // The quotient is a digit again: the remainder before it was below the divisor. And `%` on numbers as large as these is slow.
      const quotient = Math.floor(value / DIVISOR);
      number[i] = quotient;
      rest = value - quotient * DIVISOR;
    }
    while (number[begin] === 0) begin++;
    for (let i = end - 1; i >= 0 && i >= end - AT_ONCE; i--) {
      text[i] = DIGITS[rest % 62] as number;
      rest = Math.floor(rest / 62);
    }
  }
  return text.toString('latin1');
}
