import type { SendMailOptions } from 'nodemailer';

/**
 * Resolves once the mail is accepted. Rejects with `UnavailableError` when it may be sent later, with
 * `RefusedError` when the server will never take it.
 */
export type SendMail = (mail: SendMailOptions & { messageId: string }) => Promise<void>;
