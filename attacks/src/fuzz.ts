import fc from 'fast-check';

/** A request body and the type that it claims to have. */
export interface RandomBody {
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Anything a client may send on an open WebSocket: mostly frames of RFC 6455 with one rule broken. */
export function randomFrames(seed: number, count: number): Buffer[] {
  return fc
    .sample(fc.oneof({ weight: 9, arbitrary: frame }, fc.uint8Array({ maxLength: 200 })), {
      seed,
      numRuns: count,
    })
    .map((bytes) => Buffer.from(bytes));
}

export function randomBodies(seed: number, count: number): RandomBody[] {
  return fc.sample(body, { seed, numRuns: count });
}

const frame = fc
  .record({
    fin: fc.boolean(),
    rsv: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(7)),
    opcode: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(0, 1, 2, 8, 9, 10) }, fc.nat(15)),
    masked: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
    key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    payload: fc.uint8Array({ maxLength: 5000, size: 'medium' }),
    // What is declared, where that is a lie.
    declared: fc.option(fc.maxSafeNat(), { freq: 9 }),
  })
  .map(({ fin, rsv, opcode, masked, key, payload, declared }) => {
    const mask = masked ? 0x80 : 0;
    const length = declared ?? payload.length;
    const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
    if (length < 126) head.push(mask | length);
    else if (length < 65_536) head.push(mask | 126, length >> 8, length & 0xff);
    else head.push(mask | 127, ...bigEndian(length));
    return Buffer.concat([Buffer.from(head), masked ? key : Buffer.alloc(0), payload]);
  });

function bigEndian(length: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

const anyText = fc.string({ unit: 'binary', maxLength: 200 });
const contents: [type: string, bytes: fc.Arbitrary<string | Uint8Array>][] = [
  ['application/json', fc.json({ stringUnit: 'binary' })],
  ['application/json', fc.jsonValue().map((value) => JSON.stringify({ body: value }))],
  ['application/json', anyText.map((text) => `{"body":"${text}","body":1}`)],
  ['application/x-www-form-urlencoded', anyText.map((text) => `body=${text}&body=%ff%zz`)],
  [
    'multipart/form-data; boundary=m',
    anyText.map(
      (text) => `--m\r\nContent-Disposition: form-data; name="body${text}"\r\n\r\n${text}\r\n--m--\r\n`,
    ),
  ],
];
const types = [
  ...new Set(contents.map(([type]) => type)),
  'application/json; charset=utf-7',
  'multipart/form-data',
  'a/b',
  '',
];

/** A body as its type asks for, one of another type, or bytes; often cut short. */
const body: fc.Arbitrary<RandomBody> = fc
  .tuple(
    fc.oneof(
      ...contents.map(([type, bytes]) => fc.tuple(fc.constant(type), bytes)),
      fc.tuple(fc.constantFrom(...types), fc.uint8Array({ maxLength: 500 })),
      fc.tuple(fc.constantFrom(...types), anyText),
    ),
    fc.option(fc.nat(1000), { freq: 2 }),
  )
  .map(([[type, content], end]) => ({
    type,
    bytes: new Uint8Array(Buffer.from(content as string)).subarray(0, end ?? undefined),
  }));
