import type { Question } from '../question.ts';
import { deepPage } from './deep-page.ts';
import { embedded } from './embedded.ts';
import { fanOut } from './fan-out.ts';
import { hundredThousand } from './hundred-thousand.ts';
import { idleSockets } from './idle-sockets.ts';
import { indexBacklog } from './index-backlog.ts';
import { list } from './list.ts';
import { overload } from './overload.ts';
import { post } from './post.ts';
import { pushLatency } from './push-latency.ts';
import { ready } from './ready.ts';
import { relay } from './relay.ts';
import { search } from './search.ts';
import { searchable } from './searchable.ts';

/** In the order of a whole run. */
export const questions: readonly Question[] = [
  post,
  list,
  deepPage,
  search,
  searchable,
  indexBacklog,
  relay,
  pushLatency,
  fanOut,
  idleSockets,
  hundredThousand,
  embedded,
  ready,
  overload,
];
