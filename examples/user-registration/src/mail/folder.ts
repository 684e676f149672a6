import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { SendMail } from './mail.ts';

/** Instead of a mail server: each mail is a file, named by the part of its Message-ID before the @. */
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
