import { enableCompileCaching } from '@meower/shared/process/compile-cache.ts';

enableCompileCaching();
const { runProgram } = await import('@meower/shared/process/program.ts');
const { loadConfig } = await import('./config.ts');
const { start } = await import('./start.ts');

await runProgram('order-history', loadConfig, async (config, logger) => {
  const started = await start(config, logger);
  const { order, goods, history } = started.urls;
  const lines = Object.entries(started.urls).map(([name, url]) => `  ${name.padEnd(8)} ${url}`);
  if (order && goods && history)
    lines.push(
      '',
      '  Try:',
      `  curl -d userId=7 ${order}/v1/order`,
      `  curl -d orderId=1 ${goods}/v1/goods`,
      `  curl '${history}/v1/order-history?threshold=0&at_least=goods-1-1'`,
    );
  process.stderr.write(`\n  Order history is running\n${lines.join('\n')}\n\n`);
  return started;
});
