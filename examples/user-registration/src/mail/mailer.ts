import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RefusedError } from '@meower/shared/message/capabilities.ts';
import { UnavailableError } from '@meower/shared/message/router/failure.ts';
import { createTransport } from 'nodemailer';

export interface Mail {
  from: string;
  to: { name: string; address: string };
  subject: string;
  text: string;
  /** The same when the mail is sent again, so that readers of mail can show it once. */
  messageId: string;
  date: Date;
}

/**
 * Resolves once the mail is accepted. Rejects with `UnavailableError` when it may be sent later, with
 * `RefusedError` when the server will never take it.
 */
export type SendMail = (mail: Mail) => Promise<void>;

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

/**
 * Without a mail server: writes each mail to a file of `folder`, named by the part of its Message-ID before
 * the @.
 */
export function createFolderMailer(folder: string): SendMail {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  return async (mail) => {
    const { message } = await transport.sendMail(mail);
    await mkdir(folder, { recursive: true });
    const file = join(folder, `${/<(.*)@/.exec(mail.messageId)?.[1]}.eml`);
    await writeFile(`${file}.new`, message);
    await rename(`${file}.new`, file);
  };
}
