import { type CleanedEnv, str } from 'envalid';
import { integer, pattern, SettingsError } from './read-settings.ts';

export const secret = pattern(/^.{16,}$/s, 'must have at least 16 characters');

const DEFAULT_ADMIN_PORT = 8081;

export const adminSpecs = {
  ADMIN_PORT: integer(0, 65535)({ default: undefined }),
  ADMIN_HOST: str({ default: '127.0.0.1' }),
  ADMIN_TOKEN: secret({ default: undefined }),
};

export interface AdminConfig {
  port: number;
  /** The address to listen on. All interfaces when absent. */
  host?: string;
  token: string;
}

/** Where operators reach a service; undefined without a token. Throws `SettingsError` for a port without one. */
export function adminConfig(settings: CleanedEnv<typeof adminSpecs>): AdminConfig | undefined {
  const { ADMIN_PORT: port, ADMIN_HOST: host, ADMIN_TOKEN: token } = settings;
  if (token !== undefined) return { port: port ?? DEFAULT_ADMIN_PORT, host, token };
  if (port !== undefined) throw new SettingsError('wrong settings\n  ADMIN_PORT: needs an ADMIN_TOKEN');
  return undefined;
}
