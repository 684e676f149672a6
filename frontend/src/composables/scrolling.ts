/** Further than this, a soft scroll is only a blur. */
const SOFT_SCREENS = 3;

/** Goes to the top of the page: softly, unless it is far or the person prefers no motion. */
export function scrollToTop(): void {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const far = scrollY > SOFT_SCREENS * innerHeight;
  scrollTo({ top: 0, behavior: calm || far ? 'instant' : 'smooth' });
}
