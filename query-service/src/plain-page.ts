import { withoutBlankRuns } from '@meower/shared/meow/blank-lines.ts';
import type { Meow } from '@meower/shared/meow/meow.ts';
import { escapeHtml, unescapeHtml } from '@meower/shared/meow/meow-body.ts';

const NOSCRIPT = /<noscript>[\s\S]*?<\/noscript>/g;

/** The page (index.html) with these meows, newest first, for readers without JavaScript. */
export function plainListPage(shell: string, meows: readonly Meow[], older: string | undefined): string {
  const link = older && `<p><a rel="next" href="${escapeHtml(older)}">Older meows</a></p>`;
  return withPlainContent(
    shell,
    [...meows.map(article), link ?? '<p>There are no older meows.</p>'].join('\n'),
  );
}

/** The page with one meow, for readers without JavaScript. */
export function withPlainMeow(shell: string, meow: Meow): string {
  return withPlainContent(shell, `${article(meow)}\n${NEWEST}`);
}

/** The page with a sentence, for readers without JavaScript. */
export function withPlainSentence(shell: string, sentence: string): string {
  return withPlainContent(shell, `<p>${escapeHtml(sentence)}</p>\n${NEWEST}`);
}

const NEWEST = '<p><a href="/meows.html">The newest meows</a></p>';

/** Browsers that run scripts do not show it. All that is in the shell for the others is replaced. */
function withPlainContent(shell: string, html: string): string {
  const content = `<noscript><main class="container py-4"><h1><a href="/meows.html">Meower</a></h1>\n${html}\n</main></noscript>`;
  return shell.replace(NOSCRIPT, '').replace('</body>', () => `${content}</body>`);
}

function article({ id, body, createdAt }: Meow): string {
  const text = escapeHtml(withoutBlankRuns(unescapeHtml(body)));
  const time = `${createdAt.slice(0, 16).replace('T', ' ')} UTC`;
  return [
    '<article class="card p-3 mb-2">',
    `<p class="meow-text meow-text-whole mb-1" dir="auto">${text}</p>`,
    `<a class="small" href="/m/${escapeHtml(id)}"><time datetime="${createdAt}">${time}</time></a></article>`,
  ].join('');
}
