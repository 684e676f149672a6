import { enableCompileCaching } from '@meower/shared/process/compile-cache.ts';

enableCompileCaching();
const { runProgram } = await import('@meower/shared/process/program.ts');
const { loadConfig } = await import('./config.ts');
const { start } = await import('./start.ts');

await runProgram('user-registration', loadConfig, async (config, logger) => {
  const started = await start(config, logger);
  const { users, points } = started.urls;
  const lines = Object.entries(started.urls).map(([name, url]) => `  ${name.padEnd(8)} ${url}`);
  if (users) lines.push('', '  Register a random user:  npm run register -w examples/user-registration');
  if (points) lines.push(`  Then ask for its points: curl ${points}/v1/points/ID`);
  if (!config.smtpUrl) lines.push(`  The mails are in         ${started.mailFolder}`);
  process.stderr.write(
    `\n  User registration is running on the broker "${config.broker}"\n${lines.join('\n')}\n\n`,
  );
  return started;
});
