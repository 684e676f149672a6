import { describe, expect, it } from 'vitest';
import { HttpResponseParser } from './http-response-parser.ts';

const stream = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n' +
    'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n' +
    'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}',
);

describe('HttpResponseParser', () => {
  it.each([1, 7, stream.length])('finds every response in pieces of %i bytes', (size) => {
    const statuses: number[] = [];
    const parser = new HttpResponseParser((status) => statuses.push(status));

    for (let at = 0; at < stream.length; at += size) parser.read(stream.subarray(at, at + size));

    expect(statuses).toEqual([200, 304, 201, 503]);
  });
});
