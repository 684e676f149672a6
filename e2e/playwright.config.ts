import { join } from 'node:path';
import { realAddress } from '@meower/shared/testing/real-addresses.ts';
import { defineConfig, type PlaywrightTestConfig, type Project } from '@playwright/test';

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
/** In Chromium, the other journeys contain it. */
const mainPath = /main-path\.spec\.ts/;

const firefox = realAddress('firefox');
const onFirefox = 'address' in firefox ? [firefoxProject(firefox.address)] : [];

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
    { name: 'phone', testIgnore: mainPath, use: phone },
    { name: 'desktop', testIgnore: mainPath, use: desktop },
    { name: 'phone, dark', testMatch: looks, use: { ...phone, colorScheme: 'dark' } },
    { name: 'desktop, dark', testMatch: looks, use: { ...desktop, colorScheme: 'dark' } },
    ...onFirefox,
  ],
});

/** Mozilla's Firefox, which Playwright drives by WebDriver BiDi. */
function firefoxProject(executablePath: string): Project {
  return {
    name: 'firefox',
    testMatch: mainPath,
    use: {
      ...desktop,
      browserName: 'firefox',
      channel: 'moz-firefox',
      launchOptions: {
        executablePath: join(import.meta.dirname, 'firefox.mjs'),
        env: { ...process.env, MEOWER_TEST_FIREFOX: executablePath },
      },
    },
  };
}
