import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import { handleJson, handleQuery } from '@meower/shared/http/input-handlers.ts';
import { z } from 'zod';
import { emailAddress, type User, userId } from '../user-registered.ts';
import type { Registration } from './registration.ts';

const unicode = z.string().refine((text) => text.isWellFormed(), 'must be Unicode');
const newUser = z.object({
  id: userId.optional(),
  name: unicode
    .trim()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters'),
  email: emailAddress,
  // bcrypt uses the first 72 bytes only, and nothing after a zero byte.
  password: unicode.refine(isPassword, 'must have 8 to 72 bytes, none of them zero'),
});

function isPassword(text: string): boolean {
  const bytes = Buffer.byteLength(text);
  return bytes >= 8 && bytes <= 72 && !text.includes('\0');
}

/** As the message `Response` of the original. */
const toAnswer = (user: User | null, users: User[] = [], errors: object[] = []) => ({ user, users, errors });

export function errorAnswer({ status, message }: HttpError) {
  return toAnswer(null, [], [{ code: status, description: message }]);
}

export function userRoutes({ register, byId, byEmail }: Registration) {
  return defineRoutes({
    'POST /v1/users': handleJson(
      newUser,
      async (user, headers) => toAnswer(await register(user, headers)),
      201,
    ),
    'GET /v1/users': handleQuery(z.object({ email: emailAddress }), async ({ email }) => {
      const user = await byEmail(email);
      return toAnswer(null, user && [user]);
    }),
    'GET /v1/users/:id': handleQuery(z.object({ id: userId }), async ({ id }) => {
      const user = await byId(id);
      if (!user) throw new HttpError(404, 'There is no user with this id');
      return toAnswer(user);
    }),
  });
}
