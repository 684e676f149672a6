import { defineEvent } from '@meower/shared/event/define-event.ts';
import { z } from 'zod';

export const userId = z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, - or _');
export const emailAddress = z.string().max(254).pipe(z.email('must be an e-mail address'));

/** What others may know of a user: never the password, nor its hash. */
const userSchema = z.object({
  id: userId,
  name: z.string(),
  email: emailAddress,
  registered_at: z.string(), // RFC 3339
});

export type User = z.infer<typeof userSchema>;

/** A user has registered. The topic is a setting; the key and the id are those of the user. */
export function userRegistered(topic: string) {
  return defineEvent(topic, { source: '/user-registration/users', key: ({ id }) => id, schema: userSchema });
}

export type UserRegistered = ReturnType<typeof userRegistered>;
