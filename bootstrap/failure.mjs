/** A reason not to start, told to the person in one sentence. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
}

const notWritable = /^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST)$/;
const network =
  /\b(ENOTFOUND|EAI_AGAIN|EAI_FAIL|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b/;

/**
 * What to tell about anything that went wrong: a sentence where it is known what to do, else the whole error.
 *
 * @param {unknown} error
 * @param {string} root
 */
export function sentenceFor(error, root) {
  if (error instanceof SetupError) return error.message;
  const { code, path, stack } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code && notWritable.test(code)) return folderNotWritable(root, `${code} at ${path}`);
  if (code === 'ENOSPC') return diskFull(root);
  return stack ?? String(error);
}

/**
 * What a failed npm said, in one sentence; undefined when it is nothing that we know.
 *
 * @param {string} output of npm on stderr
 * @param {string} wanted what npm was to bring
 * @param {string} root
 */
export function sentenceForNpm(output, wanted, root) {
  const code = /npm (?:ERR!|error) code (\S+)/.exec(output)?.[1] ?? '';
  const unreachable = network.exec(code)?.[0] ?? network.exec(output)?.[0];
  if (unreachable) {
    return `The npm registry could not be reached (${unreachable}), and ${wanted} must come from there: check the network (or npm's registry and proxy settings) and run this again.`;
  }
  if (notWritable.test(code)) return folderNotWritable(root, code);
  if (code === 'ENOSPC') return diskFull(root);
  if (code === 'E404' || code === 'ETARGET') {
    return `The npm registry that npm is set to does not have ${wanted} (${code}): use one that does and run this again.`;
  }
  return undefined;
}

/**
 * @param {string} root
 * @param {string} detail
 */
function folderNotWritable(root, detail) {
  return `Cannot write to ${root} (${detail}), where Meower keeps what it installs: make the folder writable or move the project.`;
}

/** @param {string} root */
function diskFull(root) {
  return `The disk of ${root} is full (ENOSPC): make room and run this again.`;
}
