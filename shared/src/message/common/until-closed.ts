import type { Closable } from '../../async/closable.ts';
import { BrokerUnavailableError } from '../capabilities.ts';

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * The methods of a broker, which reject with `BrokerUnavailableError` once it is closed. `closeAll` is called
 * once, also if the broker is closed several times.
 */
export function untilClosed<Methods extends object>(
  methods: Methods,
  closeAll: () => Promise<void>,
): Methods & Closable {
  let closed: Promise<void> | undefined;
  // A broker's methods all return promises.
  const guarded = Object.entries(methods as Record<string, Method>).map(([name, method]) => [
    name,
    async (...args: unknown[]) => {
      if (closed) throw new BrokerUnavailableError('the broker is closed');
      return method(...args);
    },
  ]);
  return {
    ...Object.fromEntries(guarded),
    close: () => (closed ??= closeAll()),
  };
}
