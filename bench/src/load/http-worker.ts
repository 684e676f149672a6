import { handleCommands } from '../worker-process/handle-commands.ts';
import { type HttpJob, sendRequests } from './send-requests.ts';

// Sends requests in a process of its own.
handleCommands<undefined>(async () => ({
  run: (job: HttpJob) => sendRequests(job),
  close: () => undefined,
}));
