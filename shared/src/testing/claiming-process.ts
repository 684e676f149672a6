// A program for data-folder.test.ts: claims the folder of its argument for each message of its parent, and
// reports the outcome.
import { claimDataFolder, DataFolderError } from '../process/data-folder.ts';

const [path = ''] = process.argv.slice(2);

process.on('message', async () => {
  try {
    await claimDataFolder(path);
    process.send?.('claimed');
  } catch (error) {
    process.send?.(error instanceof DataFolderError ? error.message : `unexpected: ${error}`);
  }
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
