#!/usr/bin/env node
// Starts Firefox for Playwright, and answers the one command of WebDriver BiDi in its place that Playwright 1.65
// needs and Firefox 153 (the present ESR) lacks: it would emulate a colour scheme, which no test here asks for.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import WebSocket, { WebSocketServer } from 'ws';

const LACKING = 'emulation.setMediaFeaturesOverride';

const firefox = spawn(process.env.MEOWER_TEST_FIREFOX, process.argv.slice(2), {
  stdio: ['ignore', 'inherit', 'pipe'],
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => firefox.kill(signal));
firefox.on('exit', (code) => process.exit(code ?? 1));

for await (const line of createInterface(firefox.stderr)) {
  const address = /WebDriver BiDi listening on (ws:\/\/.*)$/.exec(line)?.[1];
  process.stderr.write(`${address ? `WebDriver BiDi listening on ${await relay(address)}` : line}\n`);
}

/** Returns the address that relays to Firefox. */
async function relay(address) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (client, { url }) => {
    const browser = new WebSocket(address + url, { perMessageDeflate: false });
    const opened = new Promise((resolve) => browser.once('open', resolve));
    client.on('message', async (data) => {
      const { id, method } = JSON.parse(String(data));
      if (method === LACKING) return client.send(JSON.stringify({ type: 'success', id, result: {} }));
      await opened;
      browser.send(String(data));
    });
    browser.on('message', (data) => client.send(String(data)));
    browser.on('close', () => client.close());
    client.on('close', () => browser.close());
  });
  return `ws://127.0.0.1:${server.address().port}`;
}
