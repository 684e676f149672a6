import { runMain } from '@meower/shared/process/run-main.ts';

await runMain(
  'user-registration',
  () => import('./start.ts'),
  ({ urls }, { broker, smtpUrl, dataDir }) => [
    `The broker is "${broker}".`,
    urls.users && 'Register a random user:  npm run register -w examples/user-registration',
    urls.points && `Then ask for its points: curl ${urls.points}/v1/points/ID`,
    smtpUrl ? undefined : `The mails are in ${dataDir}/mails`,
  ],
);
