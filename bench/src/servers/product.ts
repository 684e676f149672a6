import { enableCompileCaching } from '@meower/shared/process/compile-cache.ts';

// Loads modules as the product's `main.ts` files do.
enableCompileCaching();
const { handleCommands } = await import('../worker-process/handle-commands.ts');
const { serveProduct } = await import('./serve-product.ts');

handleCommands(serveProduct);
