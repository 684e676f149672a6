import { keepCompiled } from '@meower/shared/lifecycle/compile-cache.ts';

// Loads as the product's own `main.ts` does.
keepCompiled();
const { runCommands } = await import('../child/run-commands.ts');
const { serveProduct } = await import('./serve-product.ts');

runCommands(serveProduct);
