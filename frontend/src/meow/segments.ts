import type { TextRange } from '@meower/shared/search/analysis/matcher.ts';
import { linkSegments } from './links.ts';

/** A stretch of a text that is shown in one way: plain, as a web link or as a hashtag, with its highlighted and other parts. */
export interface Segment {
  href?: string;
  query?: string;
  parts: Part[];
}

export interface Part {
  text: string;
  highlighted: boolean;
}

/** Cuts a text at links and highlights. Joined again, the parts are exactly the text. */
export function textSegments(text: string, highlights: readonly TextRange[]): Segment[] {
  let end = 0;
  return linkSegments(text).map(({ text: shown, href, query }) => {
    const start = end;
    end += shown.length;
    return { href, query, parts: cut(text, { start, end }, highlights) };
  });
}

function cut(text: string, { start, end }: TextRange, highlights: readonly TextRange[]): Part[] {
  const parts: Part[] = [];
  let done = start;
  const add = (until: number, highlighted: boolean) => {
    if (until > done) parts.push({ text: text.slice(done, until), highlighted });
    done = Math.max(done, until);
  };
  for (const highlight of highlights) {
    add(Math.min(highlight.start, end), false);
    add(Math.min(highlight.end, end), true);
  }
  add(end, false);
  return parts;
}
