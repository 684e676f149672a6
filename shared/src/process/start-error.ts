/** Why a program cannot start, as a sentence for the user: printed without a stack, exit code 1. */
export class StartError extends Error {
  override name = 'StartError';
}
