import { existsSync, globSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const installedChromium = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** The Chromium or Chrome of this machine, or else the newest that Playwright has downloaded. */
export function chromiumPath(env: Record<string, string | undefined>): string | undefined {
  return installedChromium.find((path) => existsSync(path)) ?? downloadedByPlaywright(env);
}

function downloadedByPlaywright(env: Record<string, string | undefined>): string | undefined {
  const folders = [
    env.PLAYWRIGHT_BROWSERS_PATH,
    join(homedir(), '.cache/ms-playwright'),
    join(homedir(), 'Library/Caches/ms-playwright'),
    env.LOCALAPPDATA && join(env.LOCALAPPDATA, 'ms-playwright'),
  ];
  const executables =
    'chromium-*/{chrome-linux*/chrome,chrome-mac*/*.app/Contents/MacOS/*,chrome-win*/chrome.exe}';
  for (const folder of folders) {
    const found = folder ? globSync(executables, { cwd: folder }).sort() : [];
    const newest = found.at(-1);
    if (folder && newest) return join(folder, newest);
  }
  return undefined;
}

const installedFirefox = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/snap/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
];

/** The Firefox of this machine. Playwright's own is not Mozilla's. */
export function firefoxPath(): string | undefined {
  return installedFirefox.find((path) => existsSync(path));
}
