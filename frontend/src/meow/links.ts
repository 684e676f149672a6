export interface LinkSegment {
  text: string;
  /** The address, if it is a web link. */
  href?: string;
  /** What to search for, if it is a hashtag. */
  query?: string;
}

/** Spelled out, because with the flag `i` the classes of Unicode take milliseconds to compile. */
const WEB_LINK = String.raw`[Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s<>"]+`;
/** With a letter: `#1` is a number. Not inside a word, an address or an entity. */
const HASHTAG = String.raw`(?<![\p{L}\p{M}\p{N}_&\/#])#(?=[\p{N}_]*\p{L})[\p{L}\p{M}\p{N}_]+`;
const CANDIDATE = new RegExp(`${WEB_LINK}|${HASHTAG}`, 'gu');

/** Cuts a text into plain text, web links and hashtags. Joined again, the segments are exactly the text. */
export function linkSegments(text: string): LinkSegment[] {
  const segments: LinkSegment[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(CANDIDATE)) {
    const link = found.startsWith('#') ? { text: found, query: found } : webLink(withoutClosing(found));
    if (link === undefined) continue;
    if (index > end) segments.push({ text: text.slice(end, index) });
    segments.push(link);
    end = index + link.text.length;
  }
  if (end < text.length) segments.push({ text: text.slice(end) });
  return segments;
}

/** Without the full stop of the sentence or the bracket around the link, but with a bracket inside it. */
function withoutClosing(link: string): string {
  let kept = link;
  for (;;) {
    const last = kept.at(-1) ?? '';
    if (last === ')' && count(kept, '(') >= count(kept, ')')) return kept;
    if (!/[.,:;!?'"…)\]}»”’*]/.test(last)) return kept;
    kept = kept.slice(0, -1);
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function webLink(text: string): LinkSegment | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? { text, href } : undefined;
}
