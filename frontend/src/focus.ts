/** Focuses the meow after or before the focused one; without one, the first that can be read. */
export function focusMeow(step: 1 | -1): void {
  const meows = [...document.querySelectorAll<HTMLElement>('main article[tabindex]')];
  const focused = meows.findIndex((meow) => meow.contains(document.activeElement));
  const readable = meows.findIndex((meow) => meow.getBoundingClientRect().top >= headerBottom());
  meows[focused < 0 ? readable : focused + step]?.focus();
}

/** Focuses the last control before a feed or the first one after it. */
export function leaveFeed(feed: HTMLElement, to: 'before' | 'after'): void {
  const controls = [
    ...document.querySelectorAll<HTMLElement>('a[href], summary, :is(button, input, textarea):enabled'),
  ].filter((control) => control.checkVisibility() && !feed.contains(control));
  const follows = (control: HTMLElement) =>
    (feed.compareDocumentPosition(control) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  const control = to === 'after' ? controls.find(follows) : controls.findLast((one) => !follows(one));
  control?.focus();
}

function headerBottom(): number {
  return document.querySelector('header')?.getBoundingClientRect().bottom ?? 0;
}
