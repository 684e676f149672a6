import type { Closable } from '@meower/shared/async/closable.ts';
import type { Connection, Consumer, Message, Publisher } from '@meower/shared/message/capabilities.ts';
import type { RealDependency } from '@meower/shared/testing/real-addresses.ts';

/** A broker, and the bare client library that it is built on, on the same server. */
export interface BrokerPair extends AsyncDisposable {
  /** Creates a topic, which is deleted in the end. */
  newTopic(): Promise<string>;
  broker: Publisher & Consumer & Connection;
  bare: {
    /** Stores the same bytes with the same guarantee. */
    publish(topic: string, messages: readonly Message[]): Promise<void>;
    /**
     * Passes on what is published from now on, and acks as often as the broker does. Resolves once it
     * listens.
     */
    consume(topic: string, group: string, onPayload: (payload: Uint8Array) => void): Promise<Closable>;
  };
}

export interface BrokerKind {
  name: string;
  dependency: RealDependency;
  open(address: string): Promise<BrokerPair>;
}
