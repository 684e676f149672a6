import { realAddress } from '@meower/shared/testing/real-addresses.ts';
import { defineConfig, type PlaywrightTestConfig } from '@playwright/test';

const chromium = realAddress('chromium');
// A run without a browser must not look like a run that passed.
if ('missing' in chromium) throw new Error(chromium.missing);

/** A deployed Meower, e.g. by docker compose. Without it Playwright starts an embedded one. */
const url = process.env.MEOWER_URL;

const embedded: PlaywrightTestConfig['webServer'] = {
  command: `${JSON.stringify(process.execPath)} serve-embedded.ts`,
  // Playwright puts the named group, the port, into the environment variable MEOWER_JOURNEYS_PORT.
  wait: { stderr: /serving at http:\/\/127\.0\.0\.1:(?<meower_journeys_port>\d+)/ },
  gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
  timeout: 120_000,
};

const phone = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true };
const desktop = { viewport: { width: 1280, height: 800 } };
const looks = /looks\.spec\.ts/;

export default defineConfig({
  testDir: 'journeys',
  outputDir: 'test-results',
  // One at a time: the journeys share one timeline, and machines have few cores.
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env.CI !== undefined,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  webServer: url ? undefined : embedded,
  use: {
    baseURL: url ?? `http://127.0.0.1:${process.env.MEOWER_JOURNEYS_PORT}`,
    browserName: 'chromium',
    launchOptions: { executablePath: chromium.address },
    locale: 'en-GB',
    // Journeys replace answers, which a service worker would hide from them.
    serviceWorkers: 'block',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'phone', use: phone },
    { name: 'desktop', use: desktop },
    { name: 'phone, dark', testMatch: looks, use: { ...phone, colorScheme: 'dark' } },
    { name: 'desktop, dark', testMatch: looks, use: { ...desktop, colorScheme: 'dark' } },
  ],
});
