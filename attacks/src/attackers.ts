// attackers.ts URL NAME SEED [forwarded]    attacks until the parent process disconnects
import { constants, setPriority } from 'node:os';
import { attacks } from './attacks.ts';

const [url = '', name = '', seed, forwarded] = process.argv.slice(2);
// Attackers have machines of their own: these take no CPU time that Meower or its users need.
setPriority(constants.priority.PRIORITY_LOW);
process.on('disconnect', () => process.exit());
process.send?.('started');
const target = { url: new URL(url), forwarded: forwarded !== undefined };
await attacks[name]?.(target, Number(seed));
