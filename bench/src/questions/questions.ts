import type { Question } from '../question.ts';
import { deepPage } from './deep-page.ts';
import { embedded } from './embedded.ts';
import { fanOut } from './fan-out.ts';
import { idleSockets } from './idle-sockets.ts';
import { indexBacklog } from './index-backlog.ts';
import { list } from './list.ts';
import { post } from './post.ts';
import { relay } from './relay.ts';
import { search } from './search.ts';

/** In the order of a whole run. */
export const questions: readonly Question[] = [
  post,
  list,
  deepPage,
  search,
  indexBacklog,
  relay,
  fanOut,
  idleSockets,
  embedded,
];
