import { createMeowerClient, type MeowerClient } from '@meower/client/http-client.ts';
import { readServerTime } from '../clock.ts';
import { type Meow, meowFromWire } from '../meow/meow.ts';

/** The services as the page uses them. */
export type MeowApi = MeowerClient<Meow>;

export function createMeowApi(): MeowApi {
  return createMeowerClient('', {
    readMeow: meowFromWire,
    onDate: readServerTime,
    // Loaded when the server asks for a proof of work.
    solve: async (challenge) => (await import('./proof-of-work.ts')).solve(challenge),
  });
}
