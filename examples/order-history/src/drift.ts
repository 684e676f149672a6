// npm run drift -w examples/order-history [-- URL]   compares the services with the read model; exit code 1
// when they differ
import { runCommand } from '@meower/shared/process/run-command.ts';

await runCommand('drift', async (signal, [url = 'http://localhost:8082']) => {
  const answer = await fetch(`${url}/v1/order-history/drift`, { signal });
  const { data, error } = (await answer.json()) as {
    data?: Record<string, Record<string, number>>;
    error?: string;
  };
  if (!data) throw new Error(error ?? `the service answered ${answer.status}`);
  console.table(data);
  const { compared: _orders, ...order } = data.order ?? {};
  const { compared: _goods, ...goods } = data.goods ?? {};
  return [...Object.values(order), ...Object.values(goods)].every((count) => count === 0) ? 0 : 1;
});
