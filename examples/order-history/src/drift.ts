// npm run drift -w examples/order-history [-- URL]   compares the services with the read model; exit code 1
// when they differ
import { printDrift } from '@meower/shared/admin/print-drift.ts';

await printDrift('http://localhost:8083/v1/order-history/drift');
