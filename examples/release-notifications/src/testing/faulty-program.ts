import { callReceiver } from '@meower/shared/message/http/call-receiver.ts';
import type { Handle, Middleware } from '@meower/shared/message/router/handler.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { runProgram } from '@meower/shared/process/program.ts';
import { loadConfig } from '../config.ts';
import { readEvent } from '../events.ts';
import { annotationOf } from '../receivers/grafana.ts';
import { start } from '../start.ts';

/**
 * The system as a process that kills itself between the effect of a handler and its ack, if `KILLED_IN` names
 * the handler. With `SEEDED_BUG=1` Grafana is not asked before it is written to.
 */
const { KILLED_IN, SEEDED_BUG } = process.env;

const dieAfterEffect: Middleware =
  (next, { name }) =>
  async (message, signal) => {
    const outgoing = await next(message, signal);
    if (name === KILLED_IN) process.kill(process.pid, 'SIGKILL');
    return outgoing;
  };

const forgetful = (base: URL): Handle => {
  return async (message, signal) => {
    await callReceiver('Grafana', new URL('/api/annotations', base), {
      json: annotationOf(readEvent(message)),
      signal,
    });
  };
};

await runProgram('release-notifications', loadConfig, async (config) => {
  const logger = createLogger('release-notifications', 'silent');
  const bug = SEEDED_BUG ? { notifyGrafana: forgetful } : {};
  const started = await start(config, logger, { use: [dieAfterEffect], ...bug });
  process.stderr.write(`listening on ${started.urls.webhook}\n`);
  return started;
});
