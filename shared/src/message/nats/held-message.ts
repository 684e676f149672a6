import { type Msg, nanos } from 'nats';
import { OpenDelivery, type Settling } from '../delivery.ts';
import { redeliveryDelayMs } from '../redelivery.ts';
import { decodeMessage, parseAckSubject } from './codec.ts';
import type { NatsContext } from './context.ts';
import { publishDeadLetter } from './dead-letters.ts';

const ACK = Buffer.from('+ACK');
const STILL_WORKING = Buffer.from('+WPI');

/** A message that a member of a group holds, and what the server is told about it. */
export class HeldMessage implements Settling {
  readonly delivery: OpenDelivery;
  readonly #reply: string;
  readonly #parts: NatsContext;
  readonly #from: { topic: string; group: string };

  constructor(parts: NatsContext, from: { topic: string; group: string }, msg: Msg, epoch: number) {
    this.#parts = parts;
    this.#from = from;
    this.#reply = msg.reply ?? '';
    const { streamSeq, attempt } = parseAckSubject(this.#reply);
    const seq = epoch + streamSeq;
    const message = { ...decodeMessage(msg.headers, msg.data, String(seq)), seq };
    this.delivery = new OpenDelivery(message, attempt, this);
  }

  ack(): void {
    this.#answer(ACK);
  }

  nack(delayMs: number): void {
    this.#answer(nak(delayMs));
  }

  async reject(reason: string): Promise<void> {
    try {
      await publishDeadLetter(this.#parts, this.delivery, this.#from, reason);
      this.#answer('+TERM');
    } catch (err) {
      this.#parts.logger.error(
        { err, id: this.delivery.id },
        'a dead letter could not be stored: the message comes again',
      );
      this.#answer(nak(redeliveryDelayMs(this.delivery.attempt)));
    }
  }

  /** Asks the server for more time, unless it is settled. */
  giveSign(): void {
    if (!this.delivery.settled) this.#answer(STILL_WORKING);
  }

  /** Without a connection it is not said at all: the message then comes again after `ackWaitMs`. */
  #answer(word: Uint8Array | string): void {
    const { nc } = this.#parts.link.current ?? {};
    if (nc && !nc.isClosed()) nc.publish(this.#reply, word);
  }
}

function nak(delayMs: number): string {
  return delayMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(Math.round(delayMs)) })}` : '-NAK';
}
