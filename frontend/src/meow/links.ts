export interface Segment {
  text: string;
  /** The address, if it is a link. */
  href?: string;
}

const CANDIDATE = /https?:\/\/[^\s<>"]+/gi;

/** Cuts a text into plain text and web links. Joined again, the segments are exactly the text. */
export function linkSegments(text: string): Segment[] {
  const segments: Segment[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(CANDIDATE)) {
    const link = withoutClosing(found);
    const href = webAddress(link);
    if (href === undefined) continue;
    if (index > end) segments.push({ text: text.slice(end, index) });
    segments.push({ text: link, href });
    end = index + link.length;
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

function webAddress(link: string): string | undefined {
  if (!URL.canParse(link)) return undefined;
  const { protocol, href } = new URL(link);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}
