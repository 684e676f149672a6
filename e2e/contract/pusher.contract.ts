import { describe } from 'vitest';
import { pusherClientsContract } from './pusher-clients.contract.ts';
import { pusherFramesContract } from './pusher-frames.contract.ts';
import { pusherResumeContract } from './pusher-resume.contract.ts';
import type { SystemUnderTest } from './system-under-test.ts';

/** What `/pusher` of a running Meower must do, embedded or composed. */
export function pusherContract(system: SystemUnderTest): void {
  describe('WS /pusher', () => {
    pusherFramesContract(system);
    pusherResumeContract(system);
    pusherClientsContract(system);
  });
}
