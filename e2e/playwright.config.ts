import { join } from 'node:path';
import { realAddress } from '@meower/shared/testing/real-addresses.ts';
import { defineConfig, type Project } from '@playwright/test';

const chromium = realAddress('chromium');
// A run without a browser must not look like a run that passed.
if ('missing' in chromium) throw new Error(chromium.missing);

const phone = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true };
const desktop = { viewport: { width: 1280, height: 800 } };
const looks = /looks\.spec\.ts/;
/** In Chromium, the other journeys contain it. */
const mainPath = /main-path\.spec\.ts/;
/** Their subject is the network or the server; other journeys show the same states at both sizes. */
const ofAnySize = /(docs|live|loading|offline|outbox|proof-of-work|restart)\.spec\.ts/;

const firefox = realAddress('firefox');
const onFirefox = 'address' in firefox ? [firefoxProject(firefox.address)] : [];

export default defineConfig({
  testDir: 'journeys',
  outputDir: 'test-results',
  // Two, because most journeys wait. They share the timeline of a deployed Meower.
  workers: process.env.MEOWER_URL ? 1 : 2,
  fullyParallel: false,
  forbidOnly: process.env.CI !== undefined,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: chromium.address },
    locale: 'en-GB',
    // Journeys replace answers, which a service worker would hide from them.
    serviceWorkers: 'block',
    // Without a film of each journey, which takes a fifth of the processor time; a snapshot of each action shows as much.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'phone', testIgnore: [mainPath, ofAnySize], use: phone },
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
