import { RefusedError } from '@meower/shared/message/capabilities.ts';
import { UnavailableError } from '@meower/shared/message/router/failure.ts';
import { createTransport } from 'nodemailer';
import type { SendMail } from './mail.ts';

const TIMEOUT_MS = 10_000;

/** Sends mails to the server at `smtp://…` or `smtps://…`. */
export function createSmtpMailer(url: string): SendMail {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async (mail) => {
    try {
      await transport.sendMail(mail);
    } catch (cause) {
      throw toFailure(cause);
    }
  };
}

/** Only an answer about this mail is final: wrong credentials, for example, are corrected one day. */
function toFailure(cause: unknown): Error {
  const { code, responseCode = 0, message } = cause as NodeJS.ErrnoException & { responseCode?: number };
  const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  if (isAboutMail && responseCode >= 500) return new RefusedError(message, { cause });
  return new UnavailableError(`the mail server did not accept the mail: ${message}`, { cause });
}
