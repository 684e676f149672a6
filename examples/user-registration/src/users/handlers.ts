import { OverloadedError } from '@meower/shared/async/overloaded-error.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import type { Routes } from '@meower/shared/http/express-app.ts';
import { parseFields, readJson } from '@meower/shared/http/json-body.ts';
import { queryParameters } from '@meower/shared/http/parameters.ts';
import { sendJson } from '@meower/shared/http/send-json.ts';
import { traceHeadersOf } from '@meower/shared/http/trace-headers.ts';
import { z } from 'zod';
import { emailAddress, type User, userId } from '../user-registered.ts';
import type { Registration } from './registration.ts';

const isWellFormed = (text: string) => text.isWellFormed();
const newUser = z.object({
  id: userId.optional(),
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters')
    .refine(isWellFormed, 'must be Unicode'),
  email: emailAddress,
  // bcrypt uses the first 72 bytes only, and nothing after a zero byte.
  password: z
    .string()
    .refine(isWellFormed, 'must be Unicode')
    .refine(isPassword, 'must have 8 to 72 bytes, none of them zero'),
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

export function userRoutes({ register, byId, byEmail }: Registration): Routes {
  return {
    methods: { '/v1/users': ['POST', 'GET'], '/v1/users/:id': ['GET'] },
    register(app) {
      app.post('/v1/users', ...readJson, async (req, res) => {
        const user = await register(parseFields(newUser, req.body), traceHeadersOf(req, res)).catch(
          toHttpError,
        );
        res.status(201);
        sendJson(res, toAnswer(user));
      });
      app.get('/v1/users', async (req, res) => {
        const { email } = parseFields(z.object({ email: emailAddress }), queryParameters(req));
        const user = await byEmail(email);
        res.json(toAnswer(null, user && [user]));
      });
      app.get('/v1/users/:id', async (req, res) => {
        const { success, data } = userId.safeParse(req.params.id);
        const user = success ? await byId(data) : undefined;
        if (!user) throw new HttpError(404, 'There is no user with this id');
        res.json(toAnswer(user));
      });
    },
  };
}

function toHttpError(cause: unknown): never {
  if (!(cause instanceof OverloadedError)) throw cause;
  throw new HttpError(503, 'Too many registrations, try again', { cause });
}
