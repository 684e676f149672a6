import { enableCompileCaching } from '@meower/shared/process/compile-cache.ts';

enableCompileCaching();
const { runProgram } = await import('@meower/shared/process/program.ts');
const { loadConfig } = await import('./config.ts');
const { start } = await import('./start.ts');

await runProgram('release-notifications', loadConfig, async (config, logger) => {
  const started = await start(config, logger);
  process.stderr.write(`
  Release notifications are running on the log "${config.log}"
  webhook  ${started.urls.webhook}
  metrics  ${started.urls.observation}/metrics
  Grafana  ${started.urls.grafana}

  Push a commit:    examples/release-notifications/scripts/send-stub-webhook.sh
  Then the report:  npm run report -w examples/release-notifications -- --since 2026-01-01

`);
  return started;
});
