import type { Problem } from '../api/problem.ts';

const LOCALE = 'en';

/** Every text of the page, in one place, so that a translation is one more object of this type. */
export const strings = {
  /** Of numbers and relative times. */
  locale: LOCALE,
  name: 'Meower',
  slogan: 'Short meows. Live for every cat.',
  skipToTimeline: 'Skip to the timeline',
  home: 'Meower, to the timeline',

  composer: {
    title: 'Write a meow',
    label: 'Your meow',
    placeholder: 'What’s on your whiskers?',
    submit: 'Meow',
    hint: 'Ctrl + Enter sends',
    left: (count: number) => `${plural(count, 'character', 'characters')} left`,
    over: (count: number) => `${plural(count, 'character', 'characters')} too long`,
  },

  pending: {
    sending: 'Sending …',
    waiting: 'Waiting for the connection. It will be sent by itself.',
    retry: 'Try again',
    edit: 'Edit',
    discard: 'Discard',
    failed: (problem: Problem) => `Not sent. ${PROBLEMS[problem]}`,
    stale: 'It is not known whether this was sent. Please look at the timeline before you try again.',
  },

  timeline: {
    title: 'Timeline',
    loading: 'Fetching the meows …',
    waiting: (count: number) => plural(count, 'new meow', 'new meows'),
    toNewest: 'To the newest meows',
    news: 'New meows',
    announce: (count: number) => plural(count, 'new meow', 'new meows'),
    empty: 'It is quiet in here',
    emptyHint: 'Nobody has meowed yet. Be the first cat!',
    end: 'You have read it all. Time for a nap.',
    failed: 'The meows could not be fetched',
    olderFailed: 'Older meows could not be fetched.',
    further: 'Show older meows from here',
    retry: 'Try again',
  },

  meow: {
    author: 'Anonymous cat',
    permalink: (time: string) => `Permanent link, ${time}`,
  },

  single: {
    title: 'A meow',
    back: 'Back to the timeline',
    missing: 'No such meow',
    missingHint: 'This link leads to no meow. Perhaps a letter of it got lost on the way.',
    failed: 'The meow could not be fetched',
  },

  search: {
    label: 'Search meows',
    clear: 'Clear the search',
    title: (query: string) => `Meows for “${query}”`,
    loading: 'Searching …',
    found: (count: number, more: boolean) =>
      `${more ? 'More than ' : ''}${plural(count, 'meow', 'meows')} found`,
    fresh: 'New since you searched',
    none: 'No meows found',
    noneHint: 'Try fewer or other words. Small typing errors are forgiven.',
    degraded: 'Search is unavailable',
    degradedHint:
      'The search engine is away for the moment. The timeline goes on; try again in a little while.',
    failed: 'The search did not work',
    retry: 'Search again',
    end: 'That is all there is.',
  },

  connection: {
    label: 'Connection',
    connecting: 'connecting',
    live: 'live',
    reconnecting: 'reconnecting',
    reconnectingIn: (seconds: number) => (seconds > 0 ? `reconnecting in ${seconds} s` : 'reconnecting …'),
    offline: 'offline',
  },

  theme: {
    system: 'Theme: as the system',
    light: 'Theme: light',
    dark: 'Theme: dark',
  },

  view: {
    failed: 'This part of the page could not be fetched',
    failedHint: 'Please check your connection, then load the page again.',
    reload: 'Load again',
  },

  problem: (problem: Problem) => PROBLEMS[problem],
  title: (unread: number) => (unread > 0 ? `(${unread}) Meower` : 'Meower'),
};

const PROBLEMS: Record<Problem, string> = {
  unreachable: 'Meower cannot be reached. Please check your connection.',
  slow: 'Meower took too long to answer. Please try again.',
  refused: 'Meower did not accept this. Please change it and try again.',
  missing: 'Meower could not find this.',
  busy: 'Meower is very busy. Please try again in a moment.',
  broken: 'Meower has a problem. Please try again in a moment.',
};

function plural(count: number, one: string, many: string): string {
  return `${count.toLocaleString(LOCALE)} ${count === 1 ? one : many}`;
}
