/**
 * How long a visitor waits for the page: `node first-load.mjs ADDRESS CHROMIUM LOADS`, each load with nothing cached.
 *
 * Prints `{ usable_ms, bytes, requests }` as JSON: milliseconds from the beginning of each load until the state stands
 * there and the big button can be pressed; bytes on the way and `[path, depth]` of what was asked for until then, in the
 * fastest load. What the address itself brings is at depth 0, what is only asked for because of that at 1, and so on.
 */

import { launch } from './browser.mjs';

const [address, executablePath, loads] = process.argv.slice(2);
const PATIENCE_MS = 30_000;
/** A German needs other texts than those that come with the page. */
const VISITOR = { locale: 'de-DE', viewport: { width: 1440, height: 900 } };

/** Runs inside the page: notes when it can be used. */
function watch() {
  const isUsable = () => document.querySelector('.state:not(.is-unknown) .begin:not([aria-disabled=true])');
  requestAnimationFrame(function frame(now) {
    if (isUsable()) window.usableAt = now;
    else requestAnimationFrame(frame);
  });
}

/** Notes what is asked for, and because of what. */
async function listen(page) {
  const wire = await page.context().newCDPSession(page);
  const depths = new Map();
  const answers = new Map();
  const because = ({ url, stack }) => {
    for (let trace = stack; trace; trace = trace.parent) {
      const frame = trace.callFrames.find((one) => depths.has(one.url));
      if (frame) return frame.url;
    }
    return url;
  };
  const note = (url, initiator) => {
    if (!depths.has(url)) depths.set(url, depths.size === 0 ? 0 : (depths.get(because(initiator)) ?? 0) + 1);
  };
  wire.on('Network.requestWillBeSent', ({ requestId, request, initiator }) => {
    note(request.url, initiator);
    answers.set(requestId, 0);
  });
  wire.on('Network.webSocketCreated', ({ url, initiator }) => note(url, initiator ?? {}));
  wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => answers.set(requestId, encodedDataLength));
  await wire.send('Network.enable');
  return () => ({
    bytes: [...answers.values()].reduce((sum, length) => sum + length, 0),
    requests: [...depths].map(([url, depth]) => [new URL(url).pathname, depth]),
  });
}

async function load(browser) {
  const context = await browser.newContext(VISITOR);
  try {
    const page = await context.newPage();
    await page.addInitScript(watch);
    const heard = await listen(page);
    await page.goto(address, { waitUntil: 'commit' });
    const usable = await page.waitForFunction(() => window.usableAt, undefined, { timeout: PATIENCE_MS });
    return { ms: Math.round(await usable.jsonValue()), ...heard() };
  } finally {
    await context.close();
  }
}

const browser = await launch(executablePath);
const done = [];
while (done.length < Number(loads)) done.push(await load(browser));
await browser.close();
const { bytes, requests } = done.reduce((best, one) => (one.ms < best.ms ? one : best));
process.stdout.write(`${JSON.stringify({ usable_ms: done.map(({ ms }) => ms), bytes, requests })}\n`);
