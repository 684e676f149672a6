import { type CleanedEnv, str } from 'envalid';
import type { AllowedOrigins } from '../http/allowed-origins.ts';
import { origins } from './origins.ts';
import { integer } from './read-settings.ts';

export const moderationSpecs = {
  POSTER_DAYS: integer(1, 90)({ default: 7 }),
  POST_ORIGINS: origins({ default: new Set<string>() }),
  BLOCKED_WORDS_FILE: str({ default: undefined }),
};

export interface ModerationConfig {
  posterDays: number;
  postOrigins: AllowedOrigins;
  blockedWordsFile: string | undefined;
}

export function moderationConfig(settings: CleanedEnv<typeof moderationSpecs>): ModerationConfig {
  return {
    posterDays: settings.POSTER_DAYS,
    postOrigins: settings.POST_ORIGINS,
    blockedWordsFile: settings.BLOCKED_WORDS_FILE,
  };
}
