import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import type { Tally } from './tally.ts';

/** The file that the tally goes to. */
export const tallyVariable = 'MEOWER_TALLY_FILE';

/** Counts for the closing line, and names what was skipped: Vitest's own report only says how many. */
class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
    for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
      const result = test.result();
      if (result.state === 'passed' || result.state === 'failed') {
        tally[result.state] += 1;
        continue;
      }
      tally.skipped += 1;
      const note = 'note' in result && result.note ? ` (${result.note})` : '';
      console.log(`  skipped: ${test.fullName}${note}`);
    }
    const file = process.env[tallyVariable];
    if (file) writeFileSync(file, JSON.stringify(tally));
  }
}

// Vitest takes a reporter by its default export.
export default TallyReporter;
