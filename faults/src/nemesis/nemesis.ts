import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import type { Administration } from '../system/admin-client.ts';
import type { Victim } from '../system/controllable-process.ts';
import type { System } from '../system/system.ts';
import type { Fault, Round } from './plan.ts';

export interface Nemesis {
  /** Injects the faults of one round and takes them back; resolves when everything is as it was. */
  strike(round: Round): Promise<void>;
}

export interface NemesisOptions {
  system: System;
  administration: Administration;
  /** What an operator does when the stream is lost; rejects when it did not work. */
  republish(): Promise<void>;
}

/** A server may need several attempts to come back after a kill; an operator's command too. */
const REMEDY_TIMEOUT_MS = 600_000;

export function createNemesis({ system, administration, republish }: NemesisOptions): Nemesis {
  const victimOf = ({ target }: Fault) => system.victims.get(target) as Victim;
  const insist = (what: () => Promise<void>) =>
    waitUntil(async () => void (await what()), { timeoutMs: REMEDY_TIMEOUT_MS, intervalMs: 500 });

  const disturb = async ({ target, forMs }: Fault, mode: 'refuse' | 'hang') => {
    for (const wire of system.wires(target)) wire.set(mode);
    await sleep(forMs);
    for (const wire of system.wires(target)) wire.set('pass');
  };

  const injections: Record<Fault['kind'], (fault: Fault) => Promise<void>> = {
    'kill service': (fault) => victimOf(fault).kill(),
    async 'restart service'(fault) {
      await victimOf(fault).stop();
      await victimOf(fault).revive();
    },
    'pause service': pause,
    async 'kill part'(fault) {
      await victimOf(fault).kill();
      await sleep(fault.forMs);
      await insist(() => victimOf(fault).revive());
    },
    async 'restart part'(fault) {
      await victimOf(fault).stop();
      await insist(() => victimOf(fault).revive());
    },
    'pause part': pause,
    async 'cut connections'({ target }) {
      for (const wire of system.wires(target)) wire.cut();
    },
    'refuse connections': (fault) => disturb(fault, 'refuse'),
    'hang connections': (fault) => disturb(fault, 'hang'),
    'wipe index': () => insist(() => administration.wipeIndex()),
    async 'wipe stream'() {
      await insist(() => administration.wipeStream());
      await insist(republish);
    },
  };

  async function pause(fault: Fault): Promise<void> {
    await victimOf(fault).pause();
    await sleep(fault.forMs);
    await victimOf(fault).resume();
  }

  return {
    async strike(round) {
      await Promise.all(
        round.map(async (fault) => {
          await sleep(fault.afterMs);
          await injections[fault.kind](fault);
        }),
      );
    },
  };
}
