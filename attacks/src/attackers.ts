// attackers.ts URL NAME SEED [forwarded]    attacks until the parent process disconnects
import { existsSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { attacks } from './attacks.ts';

/** Linux schedules a session like one process. The priorities of processes count within their session only. */
const SESSION_PRIORITY = '/proc/self/autogroup';

const [url = '', name = '', seed, forwarded] = process.argv.slice(2);
// Attackers have machines of their own: these take no CPU time that Meower or its users need.
const { PRIORITY_LOW } = constants.priority;
setPriority(PRIORITY_LOW);
if (existsSync(SESSION_PRIORITY)) writeFileSync(SESSION_PRIORITY, String(PRIORITY_LOW));
process.on('disconnect', () => process.exit());
process.send?.('started');
const target = { url: new URL(url), forwarded: forwarded !== undefined };
await attacks[name]?.(target, Number(seed));
