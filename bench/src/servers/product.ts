import { enableCompileCaching } from '@meower/shared/process/compile-cache.ts';

// Loads as the product's own `main.ts` does.
enableCompileCaching();
const { runCommands } = await import('../worker-process/serve-commands.ts');
const { serveProduct } = await import('./serve-product.ts');

runCommands(serveProduct);
