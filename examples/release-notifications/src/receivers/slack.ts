import { callReceiver } from '@meower/shared/message/http/call-receiver.ts';
import type { Handle } from '@meower/shared/message/router/handler.ts';
import { readEvent, textOf } from '../events.ts';

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Slack knows no ids: after a crash a message may come again, if its ack was not stored yet. */
export function slack(webhook: URL): Handle {
  return async (message, signal) => {
    const json = { text: escaped(textOf(readEvent(message))) };
    await callReceiver('Slack', webhook, { json, signal });
  };
}
