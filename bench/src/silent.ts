import pino from 'pino';

/** For parts whose words nobody reads: what fails rejects, and is told by the bench. */
export const silent = pino({ level: 'silent' });
