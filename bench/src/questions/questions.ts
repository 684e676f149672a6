import type { Question } from '../question.ts';
import { fanOut } from './fan-out.ts';
import { list } from './list.ts';
import { post } from './post.ts';

/** In the order of a whole run. */
export const questions: readonly Question[] = [post, list, fanOut];
