import { once } from 'node:events';
import type { Readable } from 'node:stream';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** A mail server that keeps what it accepts, and fails when it is told to. */
export class MailServer {
  /** In the order of their arrival, also those whose acceptance it did not confirm. */
  readonly mails: Email[] = [];
  /** How many of the next mails it accepts and yet answers with 451, as if the confirmation were lost. */
  unconfirmed = 0;
  /** Recipients that it does not know: 550. */
  readonly unknown = new Set<string>();
  #port = 0;
  #server: SMTPServer | undefined;

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  /** Always on the same port. */
  async start(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      closeTimeout: 1,
      onRcptTo: ({ address }, _session, callback) =>
        callback(this.unknown.has(address) ? failure(550, 'no such user') : undefined),
      onData: (stream, _session, callback) => void this.#receive(stream).then(() => callback(), callback),
    });
    // Clients that are killed reset their connections.
    server.on('error', () => undefined);
    const listening = server.listen(this.#port, '127.0.0.1');
    await once(listening, 'listening');
    const address = listening.address();
    if (typeof address === 'object' && address) this.#port = address.port;
    this.#server = server;
  }

  /** Connections are refused until it is started again. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server) await new Promise<void>((resolve) => server.close(resolve));
  }

  /** Rejects when the client ends before the mail does. */
  async #receive(stream: Readable): Promise<void> {
    this.mails.push(await PostalMime.parse(Buffer.concat(await stream.toArray())));
    if (this.unconfirmed === 0) return;
    this.unconfirmed--;
    throw failure(451, 'try again');
  }

  to(address: string): Email[] {
    return this.mails.filter(({ to }) => to?.some((mailbox) => mailbox.address === address));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function failure(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
