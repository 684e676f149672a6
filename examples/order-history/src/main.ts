import { runMain } from '@meower/shared/process/run-main.ts';

await runMain(
  'order-history',
  () => import('./start.ts'),
  ({ urls: { order, goods, history } }) => [
    order && `curl -d userId=7 ${order}/v1/order`,
    goods && `curl -d orderId=1 ${goods}/v1/goods`,
    history && `curl '${history}/v1/order-history?threshold=0&at_least=goods-1-1'`,
  ],
);
