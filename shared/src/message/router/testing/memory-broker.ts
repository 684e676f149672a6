import type { Consumer, Delivery, Publisher, StoredMessage } from '../../capabilities.ts';

interface Pending {
  readonly message: StoredMessage;
  readonly attempt: number;
  readonly dueAtMs: number;
}

export interface MemoryBroker extends Publisher, Consumer {
  readonly stored: readonly StoredMessage[];
  readonly dead: readonly { group: string; id: string; reason: string }[];
}

/**
 * One member for each group, no limits, and a further batch starts as soon as there is a message. It stands
 * in until the in-process broker has these interfaces.
 */
export function createMemoryBroker(): MemoryBroker {
  const stored: StoredMessage[] = [];
  const dead: MemoryBroker['dead'][number][] = [];
  const groups = new Map<string, { next: number; nacked: Pending[] }>();
  const wakers = new Set<() => void>();

  return {
    stored,
    dead,
    async publish(topic, messages) {
      for (const message of messages) {
        if (stored.some((known) => known.topic === topic && known.id === message.id)) continue;
        stored.push({ ...message, topic, position: String(stored.length), publishedAt: new Date() });
      }
      for (const wake of wakers) wake();
    },

    async consume(topics, group, handler, { maxBatch = 500, maxConcurrentBatches = 1 } = {}) {
      let scheduled = false;
      let alarm: NodeJS.Timeout | undefined;
      let closed = false;
      const progress = groups.get(group) ?? { next: 0, nacked: [] };
      groups.set(group, progress);
      const { nacked } = progress;
      const running = new Set<Promise<void>>();

      const open = ({ message, attempt }: Pending): Delivery => {
        let settled = false;
        const settle = (act: () => void) => {
          if (!settled) act();
          settled = true;
        };
        const nack = (delayMs = 100) => {
          nacked.push({ message, attempt: attempt + 1, dueAtMs: performance.now() + delayMs });
          nacked.sort((a, b) => a.dueAtMs - b.dueAtMs);
          wake();
        };
        return {
          ...message,
          attempt,
          ack: () => settle(() => undefined),
          nack: (delayMs) => settle(() => nack(delayMs)),
          reject: async (reason) => {
            settle(() => dead.push({ group, id: message.id, reason }));
            return true;
          },
        };
      };

      const takeDue = (): Pending[] => {
        const now = performance.now();
        const due = nacked.filter(({ dueAtMs }) => dueAtMs <= now).slice(0, maxBatch);
        nacked.splice(0, due.length);
        for (; due.length < maxBatch && progress.next < stored.length; progress.next++) {
          const message = stored[progress.next] as StoredMessage;
          if (topics.includes(message.topic)) due.push({ message, attempt: 1, dueAtMs: 0 });
        }
        return due;
      };

      const deliver = () => {
        scheduled = false;
        while (!closed && running.size < maxConcurrentBatches) {
          const batch = takeDue().map(open);
          if (batch.length === 0) break;
          const settleAll = (how: 'ack' | 'nack') => {
            for (const delivery of batch) delivery[how]();
          };
          const handling = handler(batch, new AbortController().signal)
            .then(() => settleAll('ack'))
            .catch(() => settleAll('nack'))
            .finally(() => {
              running.delete(handling);
              wake();
            });
          running.add(handling);
        }
        clearTimeout(alarm);
        const [first] = nacked;
        if (first && !closed) alarm = setTimeout(wake, Math.max(1, first.dueAtMs - performance.now()));
      };

      function wake(): void {
        if (!scheduled) setImmediate(deliver);
        scheduled = true;
      }

      wakers.add(wake);
      wake();
      return {
        async close() {
          closed = true;
          clearTimeout(alarm);
          wakers.delete(wake);
          await Promise.all(running);
        },
      };
    },
  };
}
