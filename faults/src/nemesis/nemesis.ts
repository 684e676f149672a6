import { sleep } from '@meower/shared/async/sleep.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import type { AdminClient } from '../system/admin-client.ts';
import type { ControllableProcess } from '../system/controllable-process.ts';
import type { AdminCommand, System } from '../system/system.ts';
import type { Fault, Round } from './plan.ts';

/** Injects faults into a running system. The name is Jepsen's. */
export interface Nemesis {
  /** Injects the faults of a round; resolves when each one is over. */
  inject(round: Round): Promise<void>;
}

export interface NemesisOptions {
  system: System;
  admin: AdminClient;
  /** Runs a command as an operator does. Rejects if it does not print what `done` matches. */
  run(command: AdminCommand, args: readonly string[], done: RegExp): Promise<void>;
}

/** For a server that is started after a kill, or an operator's command: either may need several attempts. */
const REPAIR_TIMEOUT_MS = 600_000;

export function createNemesis({ system, admin, run }: NemesisOptions): Nemesis {
  const processOf = ({ target }: Fault) => system.processes.get(target) as ControllableProcess;
  const retry = (action: () => Promise<void>) =>
    waitUntil(() => action().then(() => undefined), { timeoutMs: REPAIR_TIMEOUT_MS, intervalMs: 500 });

  const republish = () => retry(() => run('republish', [], /^Published /m));

  const disturb = async ({ target, forMs }: Fault, mode: 'refuse' | 'hang') => {
    for (const proxy of system.proxies(target)) proxy.setMode(mode);
    await sleep(forMs);
    for (const proxy of system.proxies(target)) proxy.setMode('forward');
  };
  const pause = async (fault: Fault) => {
    await processOf(fault).pause();
    await sleep(fault.forMs);
    await processOf(fault).resume();
  };
  const restart = async (fault: Fault) => {
    await processOf(fault).stop();
    await retry(() => processOf(fault).start());
  };

  const injections: Record<Fault['kind'], (fault: Fault) => Promise<void>> = {
    'kill service': (fault) => processOf(fault).kill(),
    'restart service': restart,
    'pause service': pause,
    async 'kill dependency'(fault) {
      await processOf(fault).kill();
      await sleep(fault.forMs);
      await retry(() => processOf(fault).start());
    },
    'restart dependency': restart,
    'pause dependency': pause,
    async 'cut connections'({ target }) {
      for (const proxy of system.proxies(target)) proxy.cut();
    },
    'refuse connections': (fault) => disturb(fault, 'refuse'),
    'hang connections': (fault) => disturb(fault, 'hang'),
    'wipe index': () => retry(() => admin.deleteIndex()),
    async 'wipe stream'() {
      await retry(() => admin.deleteStream());
      await republish();
    },
    republish,
    reindex: () => retry(() => run('reindex', [], /^The new index is in use/m)),
    // Its exit code is 1 when the two differ, as they do while meows are posted.
    'repair drift': () => retry(() => run('drift', ['--repair'], /^Indexed /m)),
  };

  return {
    async inject(round) {
      await Promise.all(
        round.map(async (fault) => {
          await sleep(fault.afterMs);
          await injections[fault.kind](fault);
        }),
      );
    },
  };
}
