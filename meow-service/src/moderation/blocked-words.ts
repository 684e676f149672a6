import { readFile, stat } from 'node:fs/promises';
import { runInBackground } from '@meower/shared/async/background-task.ts';
import type { Closable } from '@meower/shared/async/closable.ts';
import type { Keep } from '@meower/shared/async/open-together.ts';
import { createPeriodicTask } from '@meower/shared/async/periodic-task.ts';
import { errorMessage } from '@meower/shared/process/error-details.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { words } from '@meower/shared/search/analysis/words.ts';

const RELOAD_INTERVAL_MS = 2000;

export type IsBlocked = (text: string) => boolean;

/** As `watchBlockedWords`; without a file nothing is blocked. */
export async function openBlockedWords(
  file: string | undefined,
  logger: Logger,
  keep: Keep,
): Promise<IsBlocked> {
  if (file === undefined) return () => false;
  return keep(await watchBlockedWords(file, logger)).isBlocked;
}

interface BlockedWords extends Closable {
  isBlocked: IsBlocked;
}

/**
 * Reads the blocked words from a file: one word or phrase a line, `#` starts a comment. The file is read again
 * when it changes; while it cannot be read, the earlier words stay blocked. Rejects with `StartError` if it
 * cannot be read at first.
 */
export async function watchBlockedWords(
  file: string,
  logger: Logger,
  intervalMs = RELOAD_INTERVAL_MS,
): Promise<BlockedWords> {
  let version = '';
  let isBlocked: IsBlocked = () => false;
  const load = async () => {
    const { mtimeMs, size, ino } = await stat(file);
    const found = `${mtimeMs} ${size} ${ino}`;
    if (found === version) return;
    isBlocked = matchWords(await readFile(file, 'utf8'));
    version = found;
    logger.info({ file }, 'read the blocked words');
  };
  await load().catch((cause: unknown) => {
    throw new StartError(`BLOCKED_WORDS_FILE cannot be read: ${errorMessage(cause)}`, { cause });
  });
  const task = createPeriodicTask(load, { what: 'read the blocked words', logger, intervalMs });
  const background = runInBackground((signal) => task.run(signal));
  return { isBlocked: (text) => isBlocked(text), close: () => background.close() };
}

/**
 * Matches whole words, without case, diacritics, width and invisible characters: `ass` blocks `ÀSS`, and not
 * `class`.
 */
export function matchWords(list: string): IsBlocked {
  const phrases = list
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map(visibleWords)
    .filter((phrase) => phrase.length > 0);
  const byFirstWord = Map.groupBy(phrases, ([first]) => first);
  return (text) => {
    const found = visibleWords(text);
    return found.some((word, at) =>
      byFirstWord.get(word)?.some((phrase) => phrase.every((each, i) => found[at + i] === each)),
    );
  };
}

/** Zero-width characters would split a word. */
function visibleWords(text: string): string[] {
  return words(text.replace(/\p{Default_Ignorable_Code_Point}/gu, ''));
}
