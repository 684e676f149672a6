import { createMatcher } from '@meower/shared/search/analysis/matcher.ts';
import { expect, test } from 'vitest';
import { testApp } from '../testing/test-app.ts';
import MeowText from './MeowText.vue';

const show = (text: string, query?: string) =>
  testApp().show(MeowText, {
    id: 'm1',
    text,
    highlight: query === undefined ? undefined : createMatcher(query).ranges,
  });

test('shows markup as text', () => {
  const shown = show('<script>alert(1)</script><img src=x onerror=alert(2)> &amp; "q"');
  expect(shown.text()).toBe('<script>alert(1)</script><img src=x onerror=alert(2)> &amp; "q"');
  expect(shown.findAll('script, img')).toEqual([]);
});

test('keeps line breaks, spaces and emoji exactly', () => {
  const text = 'one\n\n  two  three\n👩‍👩‍👧 שלום';
  expect(show(text).get('p').element.textContent).toBe(text);
});

test('shows at most one blank line in a row', () => {
  expect(show('a\n \n\t\u2028\r\n\v  b\n\nc').get('p').element.textContent).toBe('a\n\n  b\n\nc');
});

test('renders a web address as a link that sends no referrer', () => {
  const link = show('see https://cats.example/?a=1&b=2.').get('a');
  expect(link.attributes()).toMatchObject({
    href: 'https://cats.example/?a=1&b=2',
    rel: 'nofollow noopener noreferrer',
  });
  expect(link.text()).toBe('https://cats.example/?a=1&b=2');
});

test('renders a hashtag as a link to a search', async () => {
  const { store, show } = testApp();
  const link = show(MeowText, { id: 'm1', text: 'all #naps are good' }).get('a');
  expect(link.attributes('href')).toBe('/?query=%23naps');
  await link.trigger('click');
  expect(store.state.route.current).toEqual({ view: 'search', query: '#naps' });
});

test('renders nothing but web addresses as links', () => {
  expect(show('javascript:alert(1) data:text/html,x //cats.example').find('a').exists()).toBe(false);
});

test('highlights matches, in links too', () => {
  const shown = show('Cats at https://cats.example', 'cats');
  expect(shown.findAll('mark').map((mark) => mark.text())).toEqual(['Cats', 'cats']);
  expect(shown.get('a mark').text()).toBe('cats');
});
