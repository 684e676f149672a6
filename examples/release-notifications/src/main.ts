import { runMain } from '@meower/shared/process/run-main.ts';

await runMain(
  'release-notifications',
  () => import('./start.ts'),
  (_started, { log }) => [
    `The log is "${log}".`,
    'Push a commit:    examples/release-notifications/scripts/send-stub-webhook.sh',
    'Then the report:  npm run report -w examples/release-notifications -- --since 2026-01-01',
  ],
);
