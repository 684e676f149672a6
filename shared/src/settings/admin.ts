import { type CleanedEnv, EnvError, makeValidator } from 'envalid';
import { integer } from './read-settings.ts';

const MIN_SECRET_LENGTH = 16;

export const secret = makeValidator<string>((input) => {
  if (input.length < MIN_SECRET_LENGTH)
    throw new EnvError(`must have at least ${MIN_SECRET_LENGTH} characters`);
  return input;
});

export const adminSpecs = {
  ADMIN_PORT: integer(0, 65535)({ default: 8081 }),
  ADMIN_TOKEN: secret({ default: undefined }),
};

export interface AdminConfig {
  port: number;
  token: string;
}

/** Where operators reach a service; undefined without a token. */
export function adminConfig(settings: CleanedEnv<typeof adminSpecs>): AdminConfig | undefined {
  if (settings.ADMIN_TOKEN === undefined) return undefined;
  return { port: settings.ADMIN_PORT, token: settings.ADMIN_TOKEN };
}
