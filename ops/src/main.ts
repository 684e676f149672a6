// docker compose run --rm ops COMMAND [ARGUMENT…]    the commands of operators, each with the rights of its role
import { COMMANDS, environmentOf, usage } from './commands.ts';

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command) {
  Object.assign(process.env, environmentOf(command.role));
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
  await import(command.program.href);
} else {
  process.stderr.write(usage());
  process.exitCode = 2;
}
