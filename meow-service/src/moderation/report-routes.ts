import {
  type ModerationRepository,
  REPORT_REASONS,
  type Report,
} from '@meower/shared/db/moderation-repository.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import type { Routes } from '@meower/shared/http/express-app.ts';
import { formFields, readForm } from '@meower/shared/http/form.ts';
import { parseInput } from '@meower/shared/http/parameters.ts';
import { sendJson } from '@meower/shared/http/send-json.ts';
import { codePoints, wellFormed, withoutControls } from '@meower/shared/meow/meow-body.ts';
import { isMeowId } from '@meower/shared/meow/meow-id.ts';
import type { Request } from 'express';
import { z } from 'zod';

const MAX_TEXT_LENGTH = 500;
const INVALID_TEXT = 'Invalid text';
const report = z.object({
  reason: z.enum(REPORT_REASONS, 'Invalid reason'),
  text: z
    .string(INVALID_TEXT)
    .refine((text) => codePoints(text) <= MAX_TEXT_LENGTH, INVALID_TEXT)
    .transform((text) => withoutControls(wellFormed(text)).trim())
    .default(''),
});

interface ReportHandlers {
  addReport: ModerationRepository['addReport'];
  /** The hashes of the reporter's address. Rejects with an `HttpError` if it may not report. */
  admit(req: Request): Promise<Report['addressHashes']>;
}

/** `POST /meows/<id>/reports`. */
export function reportRoutes({ addReport, admit }: ReportHandlers): Routes {
  return {
    methods: { '/meows/:id/reports': ['POST'] },
    register(app) {
      app.post('/meows/:id/reports', ...readForm, async (req, res) => {
        const { reason, text: comment } = parseInput(report, formFields(req));
        const meowId = String(req.params.id);
        if (!isMeowId(meowId)) throw unknownMeow();
        const store = async () => addReport({ meowId, reason, comment, addressHashes: await admit(req) });
        const result = await store().catch((cause: unknown) => {
          throw cause instanceof HttpError
            ? cause
            : new HttpError(500, 'Failed to store the report', { cause });
        });
        if (result === 'unknown meow') throw unknownMeow();
        if (result === 'full') {
          res.setHeader('retry-after', '3600');
          throw new HttpError(429, 'Too many reports, try again later');
        }
        sendJson(res.status(202), {});
      });
    },
  };
}

function unknownMeow(): HttpError {
  return new HttpError(404, 'Meow not found');
}
