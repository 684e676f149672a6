import type { Meow } from '@meower/shared/meow/meow.ts';
import { escapeHtml, unescapeHtml } from '@meower/shared/meow/meow-body.ts';
import type { Request } from 'express';
import { withPlainMeow, withPlainSentence } from './plain-page.ts';

const TITLE = /<title>[^<]*<\/title>/;
const MAX_TITLE_LENGTH = 60;

/** The page (index.html) with the meow: in its title and its OpenGraph tags, which previews show, and as plain text. */
export function permalinkPage(shell: string, meow: Meow, origin: string | undefined): string {
  const text = unescapeHtml(meow.body).replace(/\s+/g, ' ').trim();
  const image = origin && `${origin}/icon-512.png`;
  const properties = {
    'og:site_name': 'Meower',
    'og:type': 'article',
    'og:title': 'Anonymous cat on Meower',
    'og:description': text,
    'og:url': origin && `${origin}/m/${meow.id}`,
    'og:image': image,
    'article:published_time': meow.createdAt,
  };
  const tags = Object.entries(properties).map(([property, content]) =>
    content ? `<meta property="${property}" content="${escapeHtml(content)}">` : '',
  );
  return withTitle(withPlainMeow(shell, meow), `${shortened(text)} · Meower`, tags.join(''));
}

/** The page for a meow that does not exist, which search engines shall not list. */
export function missingMeowPage(shell: string): string {
  const page = withPlainSentence(shell, 'Meow not found');
  return withTitle(page, 'Meow not found · Meower', '<meta name="robots" content="noindex">');
}

function withTitle(shell: string, title: string, tags: string): string {
  return shell.replace(TITLE, () => `<title>${escapeHtml(title)}</title>${tags}`);
}

function shortened(text: string): string {
  const letters = [...text];
  return letters.length > MAX_TITLE_LENGTH ? `${letters.slice(0, MAX_TITLE_LENGTH - 1).join('')}…` : text;
}

/** The address of the site as the client named it, if that is a plain host. */
export function originOf(req: Request): string | undefined {
  const host = req.get('x-forwarded-host') ?? req.get('host') ?? '';
  const protocol = req.get('x-forwarded-proto') === 'https' ? 'https' : 'http';
  return /^([\w.-]+|\[[\da-f:]+\])(:\d+)?$/i.test(host) ? `${protocol}://${host}` : undefined;
}
