// Sets the theme before the first paint, so that the wrong one never flashes. The key is that of src/theme.ts.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('meower.theme');
  } catch {
    // Storage is not allowed: the system decides.
  }
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.bsTheme = dark ? 'dark' : 'light';
})();
