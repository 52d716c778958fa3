// Debian's Chromium, and a page in it whose complaints fail the test.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const quiet = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--no-first-run'];

export const startBrowser = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: quiet });

/** Opens a page, and closes it after the call; what the console or the policy complains about fails. */
export async function onPage(browser, url, options, call) {
  const context = await browser.newContext({ reducedMotion: 'reduce', viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.stack));
  try {
    await page.goto(url);
    await call(page);
    // The browser itself writes a refused command and a cut stream to the console; they are no fault of the page.
    assert.deepEqual(complaints.filter((text) => !/status of 40[13]|ERR_INCOMPLETE_CHUNKED/.test(text)), []);
  } finally {
    await context.close();
  }
}
