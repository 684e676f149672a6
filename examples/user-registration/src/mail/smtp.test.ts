import { randomUUID } from 'node:crypto';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { expect, test, vi } from 'vitest';
import { receivedMails } from '../testing/received-mails.ts';
import { createSmtpMailer } from './smtp.ts';

describeReal('smtp', (url) =>
  test('a real mail server gets the mail as it was written', async () => {
    const id = randomUUID();
    const mail = {
      from: 'Meower <welcome@meower.example>',
      to: { name: 'Zoë "the cat"', address: `${id}@example.com` },
      subject: 'Wïllkommen',
      text: 'Hello Zoë,\n.\nwelcome!\n',
      messageId: `<${id}@meower.example>`,
      date: new Date('2026-01-02T03:04:05Z'),
    };
    await createSmtpMailer(url)(mail);
    await vi.waitFor(async () => {
      const received = await receivedMails(`http://${new URL(url).hostname}:1080`);
      expect(received.find(({ messageId }) => messageId === `${id}@meower.example`)).toMatchObject({
        subject: mail.subject,
        text: mail.text,
        to: [mail.to],
        from: [{ name: 'Meower', address: 'welcome@meower.example' }],
        date: mail.date.toISOString(),
      });
    }, 10_000);
  }),
);
