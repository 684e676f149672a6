import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '@meower/shared/process/start-error.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { expect, test } from 'vitest';
import { matchWords, watchBlockedWords } from './blocked-words.ts';

const isBlocked = matchWords('# words\nass\n\nCrème brûlée\n猫缶\n  yarn  ball \r\n...\n');

test.each([
  'ass',
  'You ASS!',
  'you_ass',
  'ａｓｓ',
  'as\u200bs',
  'a\u00adss',
  'àss',
  'creme, BRULEE',
  'I like yarn\nball',
  '白い猫缶です',
])('blocks %j', (text) => {
  expect(isBlocked(text)).toBe(true);
});

test.each([
  'class',
  'ass1',
  'assess the bass',
  'creme',
  'brûlée crème',
  'yarn basket ball',
  '猫',
  'words',
  '',
])('does not block %j', (text) => {
  expect(isBlocked(text)).toBe(false);
});

test('reads the file again when it changes, and keeps the words while it is missing', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'words');
  await writeFile(file, 'dog');
  const blocked = await watchBlockedWords(file, silentLogger, 5);
  try {
    expect(blocked.isBlocked('a dog')).toBe(true);
    await rm(file);
    await writeFile(`${file}.new`, 'mouse');
    expect(blocked.isBlocked('a dog')).toBe(true);
    await rename(`${file}.new`, file);
    await expect.poll(() => blocked.isBlocked('a mouse'), { timeout: 20_000 }).toBe(true);
    expect(blocked.isBlocked('a dog')).toBe(false);
  } finally {
    await blocked.close();
  }
});

test('a file that is missing at the start is named', async () => {
  const opening = watchBlockedWords('/nowhere/words', silentLogger);
  await expect(opening).rejects.toThrow(StartError);
  await expect(opening).rejects.toThrow(/^BLOCKED_WORDS_FILE cannot be read: .*\/nowhere\/words/);
});
