import { abortable } from '@meower/shared/async/abortable.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import type { Routes } from '@meower/shared/http/express-app.ts';
import { isSignedWith } from '@meower/shared/http/hmac-signature.ts';
import { parseFields } from '@meower/shared/http/json-body.ts';
import { sendJson } from '@meower/shared/http/send-json.ts';
import type { Message, Publisher } from '@meower/shared/message/capabilities.ts';
import express, { type Request } from 'express';
import { z } from 'zod';
import { commitId, name, time, toMessage } from './events.ts';

/** What GitHub sends at most, and how long it waits for the answer (10 s). */
const MAX_BODY = '25mb';
const PUBLISH_MS = 8000;
/** Of the message of a commit, in characters. */
const LONGEST_MESSAGE = 1000;

const commit = z.object({ id: commitId, message: z.string(), timestamp: time, author: z.object({ name }) });
const push = z.object({ repository: z.object({ full_name: name }), commits: z.array(commit) });

/**
 * The webhook of GitHub. An answer of 2xx means that the log has the events. GitHub does not send again by
 * itself; a delivery that is sent again, by hand, has the same id, and so have its messages.
 */
export function webhookRoutes(log: Publisher, topic: string, secret: string | undefined): Routes {
  return {
    methods: { '/': ['POST'] },
    register(app) {
      app.post('/', express.raw({ type: () => true, limit: MAX_BODY }), async (req, res) => {
        const body: Buffer = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
        if (secret && !isSignedWith(secret, body, req.get('x-hub-signature-256')))
          throw new HttpError(401, 'the header x-hub-signature-256 does not sign this body with the secret');
        const event = header(req, 'x-github-event');
        if (event === 'ping') return sendJson(res, { pong: true });
        if (event !== 'push') return sendJson(res, { ignored: event });
        const messages = toMessages(header(req, 'x-github-delivery'), body);
        try {
          await abortable(log.publish(topic, messages), AbortSignal.timeout(PUBLISH_MS));
        } catch (cause) {
          throw new HttpError(503, 'The log does not answer: deliver it again later', { cause });
        }
        sendJson(res, { commits: messages.length });
      });
    },
  };
}

function toMessages(delivery: string, body: Buffer): Message[] {
  const { repository, commits } = parseFields(push, parseJson(body));
  return commits.map(({ id, message, timestamp, author }) => {
    const about = { id, repository: repository.full_name, author: author.name, occurred_on: timestamp };
    const event = { type: 'commitPushed', message: message.slice(0, LONGEST_MESSAGE), ...about } as const;
    return { id: `${delivery}-${id}`, ...toMessage(event) };
  });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw new HttpError(400, 'Malformed JSON: the webhook must send application/json', { cause });
  }
}

function header(req: Request, name: string): string {
  const value = req.get(name);
  if (!value || value.length > 100) throw new HttpError(400, `the header ${name} is required`);
  return value;
}
