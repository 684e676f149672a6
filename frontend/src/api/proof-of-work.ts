import { type Challenge, solveChallengeWorkers } from 'altcha-lib';
import ProofOfWorkWorker from './proof-of-work.worker.ts?worker';

/** Longer than an old phone needs; the server accepts a solution for five minutes. */
const TIMEOUT_MS = 120_000;

/** Solves a challenge of the server on half of the processor's cores, and resolves to the `Altcha` header. */
export async function solve(challenge: Challenge): Promise<string> {
  const solution = await solveChallengeWorkers({
    challenge,
    concurrency: Math.ceil(navigator.hardwareConcurrency / 2),
    createWorker: () => new ProofOfWorkWorker(),
    timeout: TIMEOUT_MS,
  });
  if (solution === null) throw new Error('the challenge was not solved in time');
  return btoa(JSON.stringify({ challenge, solution }));
}
