// Runs before the first paint, so that a chosen theme never flashes the other one. The same key as in src/theme.ts.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('meower.theme');
  } catch {
    // Storage may be forbidden; then the system decides.
  }
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.bsTheme = dark ? 'dark' : 'light';
})();
