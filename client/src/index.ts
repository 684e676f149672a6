export * from './http-client.ts';
export * from './live-client.ts';
export * from './operator-client.ts';
export * from './problem.ts';
