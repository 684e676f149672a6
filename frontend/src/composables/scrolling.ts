/** Over a longer distance, a smooth scroll is a blur. */
const SMOOTH_SCREENS = 3;

/** Scrolls to the top: smoothly, unless it is far or the reader prefers reduced motion. */
export function scrollToTop(): void {
  const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const far = scrollY > SMOOTH_SCREENS * innerHeight;
  scrollTo({ top: 0, behavior: reducedMotion || far ? 'instant' : 'smooth' });
}
