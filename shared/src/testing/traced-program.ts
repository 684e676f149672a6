// A program for start-tracing.test.ts: logs a line in a span, and runs until it is stopped.
import { trace } from '@opentelemetry/api';
import { runProgram } from '../process/program.ts';
import { readSettings } from '../settings/read-settings.ts';
import { tracingConfig, tracingSpecs } from '../settings/tracing.ts';

await runProgram(
  'traced',
  () => ({ logLevel: 'info', tracing: tracingConfig(readSettings(process.env, tracingSpecs)) }),
  async (_config, logger) => {
    const alive = setInterval(() => undefined, 60_000);
    trace.getTracer('test').startActiveSpan('purr', (span) => {
      logger.info('in the span');
      span.end();
    });
    return {
      async close() {
        clearInterval(alive);
      },
    };
  },
);
