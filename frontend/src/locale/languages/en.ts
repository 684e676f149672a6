import type { Problem } from '@meower/client/problem.ts';
import type { ReportResult } from '../../store/index.ts';
import type { Counted } from '../plurals.ts';

/** Every string of the page. A translation is another file in this folder with a function of this type. */
export const strings = (counted: Counted) => ({
  /** Of the page, its numbers and relative times. */
  locale: 'en',
  name: 'Meower',
  slogan: 'Short meows, live for every cat.',
  skipToContent: 'Skip to content',
  home: 'Meower home',

  close: 'Close',

  shortcuts: {
    title: 'Keyboard shortcuts',
    keys: {
      j: 'Next meow',
      k: 'Previous meow',
      n: 'Write a meow',
      '/': 'Search',
      '.': 'Jump to the newest meows',
      '?': 'Show these shortcuts',
    },
    on: 'Use these shortcuts',
  },

  composer: {
    title: 'Write a meow',
    label: 'Your meow',
    placeholder: 'What’s on your whiskers?',
    submit: 'Meow',
    hint: 'Ctrl + Enter to send',
    left: (count: number) => `${counted(count, { one: '# character', other: '# characters' })} left`,
    over: (count: number) =>
      `${counted(count, { one: '# character', other: '# characters' })} over the limit`,
  },

  pending: {
    sending: 'Sending…',
    proving: 'Sending… Your browser first solves a small puzzle, which keeps floods of meows away.',
    delayed: 'Sent in a moment.',
    undo: 'Undo',
    waiting: 'Waiting for a connection. Your meow will be sent automatically.',
    busy: 'Meower is very busy. Your meow will be sent automatically.',
    retry: 'Try again',
    edit: 'Edit',
    discard: 'Discard',
    failed: (problem: Problem) => `Not sent. ${PROBLEMS[problem]}`,
    stale: 'This may already have been posted. Please check the timeline before you try again.',
  },

  timeline: {
    title: 'Timeline',
    loading: 'Loading meows…',
    newMeows: (count: number) => counted(count, { one: '# new meow', other: '# new meows' }),
    wereHere: 'You were here',
    toNewest: 'Jump to the newest meows',
    announcements: 'New meows',
    empty: 'It’s quiet in here',
    emptyHint: 'No meows yet. Be the first cat!',
    end: 'You’ve read it all. Time for a nap.',
    failed: 'Couldn’t load the meows',
    olderFailed: 'Couldn’t load older meows.',
    further: 'Show older meows from here',
    retry: 'Try again',
  },

  meow: {
    actions: 'What to do with this meow',
    author: 'Anonymous cat',
    hide: 'Hide this meow',
    more: 'Show more',
  },

  report: {
    title: 'Report this meow',
    reason: 'What is wrong with it?',
    reasons: {
      spam: 'Spam',
      abuse: 'It attacks or harasses someone',
      illegal: 'It is illegal',
      other: 'Something else',
    },
    text: 'Anything to add? (optional)',
    hide: 'Hide it on this device',
    submit: 'Report',
    result: (result: ReportResult) =>
      ({
        ...PROBLEMS,
        sent: 'Thank you. A moderator will look at it.',
        unsupported: 'This Meower has no moderators who receive reports.',
        missing: 'This meow has been deleted.',
        busy: 'Meower accepts no more reports at the moment. Please try again later.',
      })[result],
  },

  single: {
    title: 'A meow',
    back: 'Back to the timeline',
    copy: 'Copy link',
    copied: 'Link copied.',
    share: 'Share',
    missing: 'Meow not found',
    missingHint: 'This link doesn’t lead to a meow. Maybe part of it got lost along the way.',
    failed: 'Couldn’t load the meow',
  },

  search: {
    label: 'Search meows',
    clear: 'Clear search',
    title: (query: string) => `Results for “${query}”`,
    loading: 'Searching…',
    found: (count: number, more: boolean) =>
      `${more ? 'More than ' : ''}${counted(count, { one: '# meow', other: '# meows' })} found`,
    fresh: 'New since you searched',
    none: 'No meows found',
    noneHint: 'Try fewer or different words. Small typos are fine.',
    degraded: 'Search is unavailable',
    degradedHint: 'The timeline still works. Please try searching again in a little while.',
    failed: 'Search failed',
    retry: 'Search again',
    end: 'That’s everything.',
  },

  connection: {
    label: 'Connection',
    connecting: 'connecting',
    live: 'live',
    reconnecting: 'reconnecting',
    reconnectingIn: (seconds: number) => (seconds > 0 ? `reconnecting in ${seconds} s` : 'reconnecting…'),
    offline: 'offline',
  },

  settings: {
    title: 'Settings',
    undo: 'Wait five seconds before sending, so that I can undo',
    word: 'Word to mute',
    mute: 'Mute',
    unmute: (word: string) => `Unmute “${word}”`,
    showHidden: (count: number) =>
      `Show ${counted(count, { one: '# hidden meow', other: '# hidden meows' })} again`,
  },

  theme: {
    system: 'Theme: system',
    light: 'Theme: light',
    dark: 'Theme: dark',
  },

  view: {
    failed: 'Couldn’t load all of the page.',
    reload: 'Reload',
  },

  problem: (problem: Problem) => PROBLEMS[problem],
  /** Of the browser tab. `view`: what is shown, if that is not the timeline. */
  title: (unread: number, view?: string) =>
    `${unread > 0 ? `(${unread}) ` : ''}${view ? `${view} · ` : ''}Meower`,
});

const PROBLEMS: Record<Problem, string> = {
  unreachable: 'Meower can’t be reached. Please check your connection.',
  slow: 'Meower took too long to answer. Please try again.',
  refused: 'Meower didn’t accept this. Please change it and try again.',
  missing: 'Meower couldn’t find this.',
  busy: 'Meower is very busy. Please try again in a moment.',
  broken: 'Something went wrong at Meower’s end. Please try again in a moment.',
};
