// User registration that dies between an effect and its ack, for faults.test.ts: DIE_IN names the handler,
// DIE_AFTER counts its effects. BUG=delivery-as-key gives each delivery an id of its own, as a consumer might
// that does not know that ids are stable.
import { randomUUID } from 'node:crypto';
import type { Middleware } from '@meower/shared/message/router/handler.ts';
import { runProgram } from '@meower/shared/process/program.ts';
import { loadConfig } from '../config.ts';
import { start } from '../start.ts';

const { DIE_IN, DIE_AFTER, BUG } = process.env;
let effects = 0;

const die: Middleware =
  (next, { name }) =>
  async (message, signal) => {
    const outgoing = await next(message, signal);
    if (name === DIE_IN && ++effects === Number(DIE_AFTER)) process.kill(process.pid, 'SIGKILL');
    return outgoing;
  };
const deliveryAsKey: Middleware = (next) => (message, signal) =>
  next({ ...message, id: `${message.id}.${randomUUID()}` }, signal);

await runProgram('faulty-registration', loadConfig, async (config, logger) => {
  const started = await start(config, logger, BUG === 'delivery-as-key' ? [die, deliveryAsKey] : [die]);
  process.stderr.write('running\n');
  return started;
});
