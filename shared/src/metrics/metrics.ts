import { createRequire } from 'node:module';
import { Counter, collectDefaultMetrics, Gauge, Registry } from '@prometheus-io/client';
import type { RequestHandler } from 'express';
import { withTimeout } from '../async/with-timeout.ts';
import type { OnRequest } from '../http/request-log.ts';
import { createInspector, type Inspector } from '../inspection/inspector.ts';
import { createHistogram, type HistogramOptions } from './histogram.ts';
import { createMessageMetrics, type MessageMetrics } from './message-metrics.ts';
import type { Reading, ReadValue } from './reading.ts';

/** What one process measures, for Prometheus. */
export interface Metrics {
  /**
   * Readings that are read at each scrape. One that fails, or takes longer than a second, is left out. Those
   * of one name differ in the values of their label.
   */
  add(readings: readonly Reading[]): void;
  /** Returns the function that adds a value to the histogram. */
  histogram(options: Omit<HistogramOptions, 'labelNames'>): (value: number) => void;
  /** Rate, errors and duration of each route. */
  readonly onRequest: OnRequest;
  readonly messages: MessageMetrics;
  readonly inspector: Inspector;
  /** In the text format of Prometheus. */
  readonly route: RequestHandler;
}

const READ_TIMEOUT_MS = 1000;

const { version } = createRequire(import.meta.url)('../../package.json');

export function createMetrics(service: string): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  const build = { service, version, node: process.version };
  new Gauge({
    name: 'meower_build_info',
    help: 'Always 1',
    labelNames: Object.keys(build),
    registers,
  }).set(build, 1);
  const failures = new Counter({
    name: 'metrics_read_failures_total',
    help: 'Readings that failed or took too long, and are missing in a scrape',
    labelNames: ['metric'],
    registers,
  });
  const observeRequest = createHistogram(register, {
    name: 'http_request_duration_seconds',
    help: 'Duration of requests by pattern of the route',
    labelNames: ['method', 'route', 'status'],
  });

  const readsByName = new Map<string, Reading['read'][]>();

  const add = ({ type, name, help, label, read }: Reading) => {
    const reads = readsByName.get(name);
    if (reads) {
      reads.push(createBoundedRead(read));
      return;
    }
    const all = [createBoundedRead(read)];
    readsByName.set(name, all);
    const settings = { name, help, labelNames: label ? [label] : [], registers };
    const collect = async (metric: Gauge | Counter, set: (labels: object, value: number) => void) => {
      metric.reset();
      if (!label) metric.remove(); // the 0 that `reset` leaves
      for (const result of await Promise.allSettled(all.map((one) => one()))) {
        if (result.status === 'rejected') failures.inc({ metric: name });
        else if (typeof result.value === 'number') set({}, result.value);
        else for (const [of, value] of Object.entries(result.value)) set({ [label ?? '']: of }, value);
      }
    };
    if (type === 'gauge')
      new Gauge({
        ...settings,
        collect() {
          return collect(this, (labels, value) => this.set(labels, value));
        },
      });
    else
      new Counter({
        ...settings,
        collect() {
          return collect(this, (labels, value) => this.inc(labels, value));
        },
      });
  };

  return {
    add(readings) {
      readings.forEach(add);
    },
    histogram: (options) => createHistogram(register, options),
    onRequest({ method, route, status, durationMs }) {
      observeRequest(durationMs / 1000, method, route, status);
    },
    messages: createMessageMetrics(register),
    inspector: createInspector({ service, version }),
    route: async (_req, res) => {
      res.type('text/plain; version=0.0.4').send(await register.metrics());
    },
  };
}

/** Rejects after a second, and while an earlier call is still running: a slow dependency does not accumulate them. */
function createBoundedRead(read: Reading['read']): () => Promise<ReadValue> {
  let running: Promise<ReadValue> | undefined;
  return async () => {
    if (running) throw new Error('the previous read has not ended');
    running = Promise.try(async () => read()).finally(() => {
      running = undefined;
    });
    return withTimeout(running, READ_TIMEOUT_MS, () => new Error(`no value within ${READ_TIMEOUT_MS} ms`));
  };
}
