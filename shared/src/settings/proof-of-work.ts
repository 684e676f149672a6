import { randomBytes } from 'node:crypto';
import { type CleanedEnv, str } from 'envalid';
import { secret } from './admin.ts';
import { integer } from './read-settings.ts';

export const proofOfWorkSpecs = {
  PROOF_OF_WORK: str({ choices: ['off', 'over-limit', 'always'] as const, default: 'over-limit' }),
  PROOF_OF_WORK_DIFFICULTY: integer(2, 1_000_000)({ default: 4000 }),
  PROOF_OF_WORK_KEY: secret({ default: undefined }),
};

export interface ProofOfWorkConfig {
  /** Which posts need a proof. Those over the limit of their address are refused before they get here. */
  required: 'over-limit' | 'always';
  /** The most keys that a client has to derive for one proof; the fewest is half of it. */
  difficulty: number;
  /** Signs the challenges: the same in all replicas. */
  key: string;
}

/** Undefined when proofs of work are off. Without a key in the settings, this process makes one. */
export function proofOfWorkConfig(
  settings: CleanedEnv<typeof proofOfWorkSpecs>,
): ProofOfWorkConfig | undefined {
  if (settings.PROOF_OF_WORK === 'off') return undefined;
  return {
    required: settings.PROOF_OF_WORK,
    difficulty: settings.PROOF_OF_WORK_DIFFICULTY,
    key: settings.PROOF_OF_WORK_KEY ?? randomBytes(32).toString('hex'),
  };
}
