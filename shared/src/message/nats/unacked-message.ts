import { type Msg, nanos } from 'nats';
import { OpenDelivery, redeliveryDelayMs, type Settling } from '../common/open-delivery.ts';
import { decodeMessage, onlyGroupOf, parseAckSubject } from './codec.ts';
import type { NatsContext } from './context.ts';
import { publishDeadLetter } from './dead-letters.ts';
import { headersOf } from './wire-headers.ts';

const ACK = Buffer.from('+ACK');
const IN_PROGRESS = Buffer.from('+WPI');

/** A message that was delivered to a member of a group, and the replies to the server that settle it. */
export class UnackedMessage implements Settling {
  readonly delivery: OpenDelivery;
  readonly #replySubject: string;
  readonly #context: NatsContext;
  readonly #group: string;
  /** Unlike `delivery.settled`, false while the dead letter is being stored. */
  #settled = false;

  /** The only group that gets it, when it is a retried dead letter. */
  readonly onlyGroup: string | undefined;

  constructor(context: NatsContext, group: string, msg: Msg, epoch: number) {
    this.#context = context;
    this.#group = group;
    this.#replySubject = msg.reply ?? '';
    const { streamSeq, attempt, publishedAt } = parseAckSubject(this.#replySubject);
    const position = String(epoch + streamSeq);
    const at = { topic: msg.subject, position, publishedAt, payload: msg.data };
    const headers = headersOf(msg);
    this.onlyGroup = onlyGroupOf(headers);
    const message = decodeMessage(headers, at);
    this.delivery = new OpenDelivery(message, attempt, this);
  }

  ack(): void {
    this.#settle(ACK);
  }

  nack(delayMs: number): void {
    this.#settle(nak(delayMs));
  }

  async reject(reason: string): Promise<boolean> {
    const store = () => publishDeadLetter(this.#context, this.delivery, this.#group, reason);
    const isStored = await this.#context.watchDeadLetter(store);
    this.#settle(isStored ? '+TERM' : nak(redeliveryDelayMs(this.delivery.attempt)));
    return isStored;
  }

  /** Restarts the server's ack wait, unless the message is settled. */
  extendAckWait(): void {
    if (!this.#settled) this.#reply(IN_PROGRESS);
  }

  #settle(reply: Uint8Array | string): void {
    this.#settled = true;
    this.#reply(reply);
  }

  /** Without a connection nothing is sent: the server redelivers the message after `ackWaitMs`. */
  #reply(reply: Uint8Array | string): void {
    const { nc } = this.#context.connector.current ?? {};
    if (nc && !nc.isClosed()) nc.publish(this.#replySubject, reply);
  }
}

function nak(delayMs: number): string {
  return delayMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(Math.round(delayMs)) })}` : '-NAK';
}
