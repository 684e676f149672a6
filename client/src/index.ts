export * from './http-client.ts';
export * from './live-client.ts';
export * from './problem.ts';
