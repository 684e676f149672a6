import type { Handle } from '@meower/shared/message/router/handler.ts';
import type { UserRegistered } from '../user-registered.ts';
import type { SendMail } from './mail.ts';

/**
 * Welcomes each user by mail, from `Name <address>`. A mail that is sent again has the same Message-ID, by
 * which mail programs can show it once.
 */
export function welcomeByMail(event: UserRegistered, send: SendMail, from: string): Handle {
  const domain = /@([^>]+)/.exec(from)?.[1];
  return (message) => {
    const { id, name, email, registered_at } = event.read(message);
    return send({
      from,
      to: { name, address: email },
      subject: 'Welcome',
      text: `Hello ${name},\n\nyou have registered, welcome! Your id is ${id}.\n`,
      messageId: `<welcome.${id}@${domain}>`,
      date: new Date(registered_at),
    });
  };
}
