import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { readSignedJson } from '@meower/shared/http/hmac-signature.ts';
import { parseFields } from '@meower/shared/http/json-body.ts';
import { sendJson } from '@meower/shared/http/send-json.ts';
import { traceHeadersOf } from '@meower/shared/http/trace-headers.ts';
import type { Publisher } from '@meower/shared/message/capabilities.ts';
import { publishForRequest } from '@meower/shared/message/http/publish-for-request.ts';
import { z } from 'zod';
import { commitId, name, time, toMessage } from './events.ts';

/** GitHub waits 10 s for the answer. */
const PUBLISH_MS = 8000;
/** Of the message of a commit, in characters. */
const LONGEST_MESSAGE = 1000;

const headers = z.object({ 'x-github-event': name, 'x-github-delivery': name });
const commit = z.object({ id: commitId, message: z.string(), timestamp: time, author: z.object({ name }) });
const push = z.object({ repository: z.object({ full_name: name }), commits: z.array(commit) });

/**
 * The webhook of GitHub. An answer of 2xx means that the log has the events. GitHub does not send again by
 * itself; a delivery that is sent again, by hand, has the same id, and so have its messages.
 */
export function webhookRoutes(log: Publisher, topic: string, secret: string | undefined) {
  return defineRoutes({
    'POST /': [
      ...readSignedJson({ secret, header: 'x-hub-signature-256', limit: '25mb' }),
      async (req, res) => {
        const { 'x-github-event': event, 'x-github-delivery': delivery } = parseFields(headers, req.headers);
        if (event === 'ping') return sendJson(res, { pong: true });
        if (event !== 'push') return sendJson(res, { ignored: event });
        const { repository, commits } = parseFields(push, req.body);
        const trace = traceHeadersOf(req, res);
        const messages = commits.map(({ id, message: text, timestamp, author }) => {
          const about = { id, repository: repository.full_name, author: author.name, occurred_on: timestamp };
          const pushed = { type: 'commitPushed', message: text.slice(0, LONGEST_MESSAGE), ...about } as const;
          const message = toMessage(pushed);
          return { ...message, id: `${delivery}-${id}`, metadata: { ...trace, ...message.metadata } };
        });
        await publishForRequest(log, topic, messages, PUBLISH_MS);
        sendJson(res, { commits: messages.length });
      },
    ],
  });
}
