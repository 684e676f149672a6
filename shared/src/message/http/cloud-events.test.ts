import { expect, test } from 'vitest';
import type { Message } from '../capabilities.ts';
import { marshalCloudEvent, unmarshalCloudEvent } from './cloud-events.ts';

const payload = Buffer.from('{}');
const marshal = marshalCloudEvent({
  url: 'http://there/',
  source: '/cats',
  headers: { authorization: 'Bearer t' },
});
const required = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-type': 't', 'ce-source': '/s' };

test('a message is the request of an event in binary mode', () => {
  const metadata = {
    'ce-type': 'cat.seen',
    'ce-source': '/roof',
    'ce-subject': 'Kätzchen 1',
    'ce-datacontenttype': 'text/plain',
    traceparent: '00-1',
    internal: 'stays here',
  };
  expect(marshal({ id: 'id 1', key: 'Mitzi', metadata, payload }, 'topic')).toEqual({
    url: 'http://there/',
    method: 'POST',
    headers: {
      authorization: 'Bearer t',
      'content-type': 'text/plain',
      'ce-specversion': '1.0',
      'ce-id': 'id%201',
      'ce-type': 'cat.seen',
      'ce-source': '/roof',
      'ce-subject': 'K%C3%A4tzchen%201',
      'ce-partitionkey': 'Mitzi',
      traceparent: '00-1',
    },
    body: payload,
  });
});

test('a message without attributes becomes an event with the topic as its type', () => {
  expect(marshal({ id: '1', metadata: {}, payload }, 'cat.seen').headers).toEqual({
    authorization: 'Bearer t',
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': '1',
    'ce-type': 'cat.seen',
    'ce-source': '/cats',
  });
});

test('the request of a message is read as that message', () => {
  const message: Message = {
    id: 'ä',
    key: 'ö',
    metadata: {
      'ce-specversion': '1.0',
      'ce-type': 'ü',
      'ce-source': '/ß',
      'ce-datacontenttype': 'application/json',
    },
    payload,
  };
  const { headers, body } = marshal(message, 'topic');
  expect(unmarshalCloudEvent({ headers, body })).toEqual([message]);
});

test.each([
  ['another version', { ...required, 'ce-specversion': '0.3' }, 'The header ce-specversion must be 1.0'],
  ['no id', { ...required, 'ce-id': undefined }, 'The headers ce-id, ce-type and ce-source are required'],
  ['an empty type', { ...required, 'ce-type': '' }, 'The headers ce-id, ce-type and ce-source are required'],
  [
    'no source',
    { ...required, 'ce-source': undefined },
    'The headers ce-id, ce-type and ce-source are required',
  ],
  ['no UTF-8', { ...required, 'ce-subject': '%C0%A0' }, 'The header ce-subject is not percent-encoded UTF-8'],
  [
    'structured mode',
    { ...required, 'content-type': 'application/cloudevents+json' },
    'Events are accepted in binary mode only, with their attributes as ce- headers',
  ],
])('a request with %s is refused with a sentence', (_, headers, sentence) => {
  expect(() => unmarshalCloudEvent({ headers, body: payload })).toThrow(sentence);
});
