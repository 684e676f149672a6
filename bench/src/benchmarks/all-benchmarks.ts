import type { Benchmark } from '../benchmark.ts';
import { brokers } from './brokers.ts';
import { deepPage } from './deep-page.ts';
import { embedded } from './embedded.ts';
import { fanOut } from './fan-out.ts';
import { historyPage } from './history-page.ts';
import { hundredThousand } from './hundred-thousand.ts';
import { idleSockets } from './idle-sockets.ts';
import { indexBacklog } from './index-backlog.ts';
import { indexingDelay } from './indexing-delay.ts';
import { list } from './list.ts';
import { metrics } from './metrics.ts';
import { overload } from './overload.ts';
import { post } from './post.ts';
import { pushLatency } from './push-latency.ts';
import { relay } from './relay.ts';
import { router } from './router.ts';
import { search } from './search.ts';
import { startup } from './startup.ts';
import { tracing } from './tracing.ts';

/** In the order of a complete run. */
export const benchmarks: readonly Benchmark[] = [
  post,
  list,
  metrics,
  tracing,
  deepPage,
  search,
  indexingDelay,
  indexBacklog,
  relay,
  router,
  brokers,
  historyPage,
  pushLatency,
  fanOut,
  idleSockets,
  hundredThousand,
  embedded,
  startup,
  overload,
];
