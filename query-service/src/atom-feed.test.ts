import { expect, test } from 'vitest';
import { atomFeed } from './atom-feed.ts';

const meow = { id: '3MOoaTy0qrXfTktGnsN029OvsCm', createdAt: '2026-11-21T03:17:18.389000Z' };

test('replaces characters that XML does not allow', () => {
  const feed = atomFeed([{ ...meow, body: 'a\u0001b\u001b\uffff &lt;tag&gt;\n&amp; more' }]);
  expect(feed).toContain('<title>a\ufffdb\ufffd\ufffd &lt;tag&gt; &amp; more</title>');
  expect(feed).toContain('<content>a\ufffdb\ufffd\ufffd &lt;tag&gt;\n&amp; more</content>');
  expect(feed).toContain(`<updated>${meow.createdAt}</updated><author>`);
});

test('is a feed without any meow too', () => {
  expect(atomFeed([])).toContain('<updated>1970-01-01T00:00:00Z</updated>');
});
