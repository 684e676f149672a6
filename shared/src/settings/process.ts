import { type CleanedEnv, str } from 'envalid';
import { integer } from './read-settings.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

export const logLevel = (level: (typeof LOG_LEVELS)[number]) => str({ choices: LOG_LEVELS, default: level });

export const processSpecs = {
  PORT: integer(0, 65535)({ default: 8080 }),
  LOG_LEVEL: logLevel('info'),
  LEAVE_MS: integer(0, 5000)({ default: 0 }),
};

interface ProcessConfig {
  port: number;
  logLevel: string;
  /** See `ServeOptions`. */
  leaveMs: number;
}

export function processConfig(settings: CleanedEnv<typeof processSpecs>): ProcessConfig {
  return { port: settings.PORT, logLevel: settings.LOG_LEVEL, leaveMs: settings.LEAVE_MS };
}
