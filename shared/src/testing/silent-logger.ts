import { createLogger } from '../process/logger.ts';

/** For tests of what is returned, thrown or sent, not logged. */
export const silentLogger = createLogger('test', 'silent');
