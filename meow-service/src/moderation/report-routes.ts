import type { ModerationRepository, Report } from '@meower/shared/db/moderation-repository.ts';
import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { failedRequest, HttpError } from '@meower/shared/http/errors.ts';
import type { Routes } from '@meower/shared/http/express-app.ts';
import { FORM_ERRORS, formFields, readForm } from '@meower/shared/http/form.ts';
import { parseInput } from '@meower/shared/http/parameters.ts';
import { sendJson } from '@meower/shared/http/send-json.ts';
import { codePoints, wellFormed, withoutControls } from '@meower/shared/meow/meow-body.ts';
import { isMeowId, MEOW_ID } from '@meower/shared/meow/meow-id.ts';
import { REPORT_REASONS } from '@meower/shared/meow/report-reasons.ts';
import type { Request } from 'express';
import { z } from 'zod';
import { ADMISSION_ERRORS } from './admission-errors.ts';

const MAX_TEXT_LENGTH = 500;
const INVALID_REASON = 'Invalid reason';
const INVALID_TEXT = 'Invalid text';
const report = z
  .object({
    reason: z.enum(REPORT_REASONS, INVALID_REASON),
    text: z
      .string(INVALID_TEXT)
      .refine((text) => codePoints(text) <= MAX_TEXT_LENGTH, INVALID_TEXT)
      .overwrite((text) => withoutControls(wellFormed(text)).trim())
      .meta({ description: 'May say more', maxLength: MAX_TEXT_LENGTH })
      .default(''),
  })
  .meta({ id: 'Report' });

const UNKNOWN_MEOW = 'Meow not found';
const FAILED = 'Failed to store the report';
const TOO_MANY = 'Too many reports, try again later';

interface ReportHandlers {
  addReport: ModerationRepository['addReport'];
  /** The hashes of the reporter's address. Rejects with an `HttpError` if it may not report. */
  admit(req: Request): Promise<Report['addressHashes']>;
}

/** `POST /meows/<id>/reports`. */
export function reportRoutes({ addReport, admit }: ReportHandlers): Routes {
  return defineRoutes({
    'POST /meows/:id/reports': {
      summary: 'Reports a meow to the operators',
      description: 'An address counts once for each meow.',
      path: z.object({ id: z.string().regex(MEOW_ID) }),
      body: report,
      answers: { 202: { description: 'The report is stored', schema: z.object({}) } },
      errors: {
        ...FORM_ERRORS,
        400: [INVALID_REASON, INVALID_TEXT, ...FORM_ERRORS[400]],
        403: ADMISSION_ERRORS,
        404: [UNKNOWN_MEOW],
        429: [TOO_MANY],
        500: [FAILED],
        503: [FAILED],
      },
      handle: [
        ...readForm,
        async (req, res) => {
          const { reason, text: comment } = parseInput(report, formFields(req));
          const meowId = String(req.params.id);
          if (!isMeowId(meowId)) throw new HttpError(404, UNKNOWN_MEOW);
          const store = async () => addReport({ meowId, reason, comment, addressHashes: await admit(req) });
          const result = await store().catch((cause: unknown) => {
            throw cause instanceof HttpError ? cause : failedRequest(FAILED, cause);
          });
          if (result === 'unknown meow') throw new HttpError(404, UNKNOWN_MEOW);
          if (result === 'full') {
            res.setHeader('retry-after', '3600');
            throw new HttpError(429, TOO_MANY);
          }
          sendJson(res.status(202), {});
        },
      ],
    },
  });
}
