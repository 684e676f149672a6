import { headers, type Msg, MsgHdrsImpl } from 'nats';
import { expect, test } from 'vitest';
import { describeReal } from '../../testing/describe-real.ts';
import { asAdministrator } from '../../testing/nats.ts';
import { headersOf, toWire } from './wire-headers.ts';

const sent = new Map([
  ['Nats-Msg-Id', 'a:b'],
  ['ce-type', 'cat.seen'],
  ['empty', ''],
]);

test('writes what the client reads', () => {
  const read = MsgHdrsImpl.decode((toWire(sent) as MsgHdrsImpl).encode());
  expect(Array.from(read, ([name, [value]]) => [name, value])).toEqual([...sent]);
});

test('reads the client’s headers when it has no others', () => {
  const written = headers();
  for (const [name, value] of sent) written.append(name, value);
  expect(headersOf({ headers: written } as Msg)).toEqual(sent);
  expect(headersOf({} as Msg)).toEqual(new Map());
});

test('of repeated headers, the first counts, and the last of the server’s own', () => {
  const repeated = MsgHdrsImpl.decode(
    Buffer.from('NATS/1.0\r\nce-id: 1\r\nNats-Sequence: 1\r\nce-id: 2\r\nNats-Sequence: 2\r\n\r\n'),
  );
  const expected = new Map([
    ['ce-id', '1'],
    ['Nats-Sequence', '2'],
  ]);
  expect(headersOf({ headers: repeated } as unknown as Msg)).toEqual(expected);
  const bytes = repeated.encode();
  const received = { _msg: { hdr: bytes.length }, _rdata: bytes };
  expect(headersOf(received as unknown as Msg)).toEqual(expected); // what the client keeps of a message
});

describeReal('nats', (address) => {
  test.each([
    ['ours', () => toWire(sent)],
    ['the client’s', () => MsgHdrsImpl.decode((toWire(sent) as MsgHdrsImpl).encode())],
    ['those of a status', () => headers(100, 'Idle Heartbeat')],
    ['none', () => undefined],
  ])('reads %s from a message before the client does', async (_, headersToSend) => {
    await asAdministrator(address, async (_jsm, connection) => {
      const received = Promise.withResolvers<Msg>();
      const subject = `test-${crypto.randomUUID()}`;
      connection.subscribe(subject, { callback: (_err, msg) => received.resolve(msg) });
      const found = headersToSend();
      connection.publish(subject, 'text', found ? { headers: found } : {});
      const msg = await received.promise;
      // The client has not read them yet: what it keeps has to be enough.
      expect('_headers' in msg && msg._headers).toBeFalsy();
      const read = headersOf(new Proxy(msg, { get: withoutHeaders }));
      expect(read).toEqual(new Map(Array.from(msg.headers ?? [], ([name, [value]]) => [name, value])));
    });
  });
});

function withoutHeaders(msg: Msg, name: string | symbol): unknown {
  if (name === 'headers') throw new Error('the client has been asked');
  return Reflect.get(msg, name, msg);
}
