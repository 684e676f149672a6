import { z } from 'zod';

/** The task of a proof of work, as ALTCHA 2 defines it. */
export const challengeJson = z
  .object({
    parameters: z.object({
      algorithm: z.string(),
      cost: z.number(),
      data: z.object({ key: z.string() }),
      expiresAt: z.number(),
      keyLength: z.number(),
      keyPrefix: z.string(),
      keySignature: z.string(),
      nonce: z.string(),
      salt: z.string(),
    }),
    signature: z.string(),
  })
  .meta({ id: 'Challenge' });

export type Challenge = z.infer<typeof challengeJson>;
