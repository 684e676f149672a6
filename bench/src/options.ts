import { parseArgs } from 'node:util';
import { StartError } from '@meower/shared/process/start-error.ts';

interface Options {
  names: readonly string[];
  rounds: number;
  seconds: number;
  rows: number;
  nodeArgs: readonly string[];
  /** Folder for the results as Markdown, CSV and JSON. */
  out: string | undefined;
  /** Another git revision to compare with. */
  compare: string | undefined;
  help: boolean;
}

export const USAGE = `npm run bench [-- NAME… [options]]

  --rounds N     counted rounds of each contender (default 3)
  --seconds N    length of a round (default 2)
  --rows N       rows of the large tables (default 100000; for the figures in the README: 1000000)
  --out DIR      write results.md, results.csv and results.json to this folder
  --compare REF  run the same benchmarks on another git revision, and print the ratios
  --profile DIR  write a CPU profile of each process under test to this folder

MEOWER_TEST_POSTGRES, MEOWER_TEST_NATS and MEOWER_TEST_ELASTICSEARCH name real servers; without one, that dependency is embedded.
`;

/** Throws `StartError`. */
export function readOptions(args: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new StartError(`there is no benchmark ${unknown.join(', ')}; there are ${known.join(', ')}`);
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
  if (!(value >= least)) throw new StartError(`--${name} must be at least ${least}, not "${text}"`);
  return value;
}
