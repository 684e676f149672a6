import { type SqlDatabase, statement } from '@meower/shared/db/sql.ts';
import type { Handle } from '@meower/shared/message/router/handler.ts';
import type { User, UserRegistered } from '../user-registered.ts';
import type { Mail, SendMail } from './mailer.ts';

export interface WelcomeOptions {
  db: SqlDatabase;
  event: UserRegistered;
  send: SendMail;
  /** `Name <address>` */
  from: string;
}

const statements = {
  isSent: statement('is_mail_sent', 'SELECT 1 FROM sent_mails WHERE user_id = $1'),
  setSent: statement('set_mail_sent', 'INSERT INTO sent_mails (user_id) VALUES ($1) ON CONFLICT DO NOTHING'),
};

/**
 * Welcomes each user by mail. A mail server has no idempotency: a crash between its yes and the record sends
 * the mail again, with the same Message-ID.
 */
export function welcomeByMail({ db, event, send, from }: WelcomeOptions): Handle {
  return async (message) => {
    const user = event.read(message);
    const [isSent] = await db.run(statements.isSent, [user.id]);
    if (isSent) return;
    await send(welcomeMail(user, from));
    await db.run(statements.setSent, [user.id]);
  };
}

function welcomeMail({ id, name, email, registered_at }: User, from: string): Mail {
  const domain = /@([^>]+)/.exec(from)?.[1];
  return {
    from,
    to: { name, address: email },
    subject: 'Welcome',
    text: `Hello ${name},\n\nyou have registered, welcome! Your id is ${id}.\n`,
    messageId: `<welcome.${id}@${domain}>`,
    date: new Date(registered_at),
  };
}
