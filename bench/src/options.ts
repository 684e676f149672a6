import { parseArgs } from 'node:util';
import { StartError } from '@meower/shared/process/start-error.ts';

export interface Options {
  names: readonly string[];
  rounds: number;
  seconds: number;
  rows: number;
  nodeArgs: readonly string[];
  /** Folder for the results as Markdown and CSV. */
  out: string | undefined;
  /** Another revision to run on the same machine. */
  compare: string | undefined;
  help: boolean;
}

export const USAGE = `npm run bench [-- NAME… [options]]

  --rounds N     counted rounds of each contender (default 3)
  --seconds N    length of a round (default 2)
  --rows N       rows of the large tables (default 100000; the figures of the README: 1000000)
  --out DIR      also write results.md, results.csv and results.json there
  --compare REF  run the same questions on another git revision too, and print the ratios
  --profile DIR  write a CPU profile of each process under test there

Real parts are used where MEOWER_TEST_POSTGRES, MEOWER_TEST_NATS and MEOWER_TEST_ELASTICSEARCH say they are, else embedded ones.
`;

/** Throws `StartError`. */
export function readOptions(args: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new StartError(`there is no question ${unknown.join(', ')}; there are ${known.join(', ')}`);
  }
  return {
    names: positionals.length > 0 ? positionals : known,
    rounds: atLeast('rounds', values.rounds, 1),
    seconds: atLeast('seconds', values.seconds, 0.1),
    rows: atLeast('rows', values.rows, 1000),
    nodeArgs: values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : [],
    out: values.out,
    compare: values.compare,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '3' },
        seconds: { type: 'string', default: '2' },
        rows: { type: 'string', default: '100000' },
        out: { type: 'string' },
        compare: { type: 'string' },
        profile: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

function atLeast(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!(value >= least)) throw new StartError(`--${name} must be a number from ${least}, not "${text}"`);
  return value;
}
