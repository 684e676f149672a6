import type { Meow } from '@meower/shared/meow/meow.ts';
import { escapeHtml, unescapeHtml } from '@meower/shared/meow/meow-body.ts';

/** Characters that XML 1.0 does not allow, not even escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it finds
const NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
const MAX_TITLE_LENGTH = 60;

/** The meows, newest first, as an Atom feed (RFC 4287). Its links are relative, so it names no host. */
export function atomFeed(meows: readonly Meow[]): string {
  const updated = meows[0]?.createdAt ?? '1970-01-01T00:00:00Z';
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    '<id>urn:meower:feed</id><title>Meower</title>',
    `<updated>${updated}</updated><author><name>Anonymous cat</name></author>`,
    '<link rel="self" href="/feed.atom"/><link href="/"/>',
    ...meows.map(entry),
    '</feed>',
  ].join('\n');
}

function entry({ id: anyId, body, createdAt }: Meow): string {
  const id = escapeHtml(anyId);
  const text = unescapeHtml(body).replace(NOT_XML, '\ufffd');
  const title = [...text.replace(/\s+/g, ' ').trim()].slice(0, MAX_TITLE_LENGTH).join('');
  return [
    `<entry><id>urn:meower:${id}</id><title>${escapeHtml(title)}</title><link href="/m/${id}"/>`,
    `<updated>${createdAt}</updated><content>${escapeHtml(text)}</content></entry>`,
  ].join('');
}
