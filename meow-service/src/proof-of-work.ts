import { createHmac } from 'node:crypto';
import { HttpError } from '@meower/shared/http/errors.ts';
import { challengeJson } from '@meower/shared/meow/challenge.ts';
import type { ProofOfWorkConfig } from '@meower/shared/settings/proof-of-work.ts';
import { type Challenge, createChallenge, randomInt, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { z } from 'zod';

/** Shorter than an idempotency key is kept: a proof that is sent again posts nothing more. */
const LIFETIME_MS = 5 * 60_000;
/** Of one key that a client derives, in about 0.2 ms. The server derives one for each challenge. */
const PBKDF2_ITERATIONS = 1000;

/** What ALTCHA calls a payload, in Base64. */
const proof = z.object({
  challenge: challengeJson,
  solution: z.object({ counter: z.number(), derivedKey: z.string() }),
});

export const INVALID_PROOF = 'Invalid Altcha header';
const REQUIRED = 'Every post needs a proof of work: docs/interface.md explains GET /challenge';
const UNBOUND = 'The proof of work is for another Idempotency-Key';
const EXPIRED = 'The proof of work has expired';
const WRONG = 'The proof of work is wrong';
/** The sentences of a refused proof, for the documents of the interface. */
export const PROOF_ERRORS = [REQUIRED, UNBOUND, EXPIRED, WRONG];

export interface ProofOfWork {
  /** A task whose solution is a proof for posts with this idempotency key, for five minutes. */
  createChallenge(idempotencyKey: string): Promise<Challenge>;
  /**
   * Resolves if a post with this `Altcha` header may be stored: with a valid proof, or without one unless every
   * post needs it. Rejects with `HttpError` otherwise.
   */
  check(header: unknown, idempotencyKey: string | undefined): Promise<void>;
}

/**
 * Proofs of work as in ALTCHA 2. A proof is bound to an idempotency key, under which one meow can be stored:
 * used proofs need not be remembered, also with several replicas.
 */
export function createProofOfWork({ required, difficulty, key }: ProofOfWorkConfig): ProofOfWork {
  const common = {
    deriveKey,
    hmacSignatureSecret: key,
    hmacKeySignatureSecret: createHmac('sha256', key).update('solution').digest('hex'),
  };
  return {
    createChallenge: (idempotencyKey) =>
      createChallenge({
        ...common,
        algorithm: 'PBKDF2/SHA-256',
        cost: PBKDF2_ITERATIONS,
        // The number of keys to derive. With an upper bound, no client is unlucky.
        counter: randomInt(difficulty, Math.ceil(difficulty / 2)),
        expiresAt: new Date(Date.now() + LIFETIME_MS),
        data: { key: idempotencyKey },
      }),
    async check(header, idempotencyKey) {
      if (header === undefined) {
        if (required === 'always') throw new HttpError(429, REQUIRED);
        return;
      }
      const { challenge, solution } = readProof(header);
      if (challenge.parameters.data.key !== idempotencyKey) throw new HttpError(429, UNBOUND);
      const { verified, expired } = await verifySolution({ ...common, challenge, solution });
      if (expired) throw new HttpError(429, EXPIRED);
      if (!verified) throw new HttpError(429, WRONG);
    },
  };
}

function readProof(header: unknown): z.infer<typeof proof> {
  try {
    return proof.parse(JSON.parse(Buffer.from(String(header), 'base64').toString()));
  } catch (cause) {
    throw new HttpError(400, INVALID_PROOF, { cause });
  }
}
