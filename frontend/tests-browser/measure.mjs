/** How smoothly a page runs, and what of it cannot be used by everybody. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf-8');

/** Milliseconds between frames, and of tasks longer than 50, for so many seconds; runs inside the page. */
function watch(seconds) {
  return new Promise((done) => {
    const frames = [];
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
    observer.observe({ entryTypes: ['longtask'] });
    const began = performance.now();
    let before = began;
    requestAnimationFrame(function frame(now) {
      frames.push(now - before);
      before = now;
      if (now - began < seconds * 1000) {
        requestAnimationFrame(frame);
        return;
      }
      observer.disconnect();
      done({ frames: frames.slice(1), tasks });
    });
  });
}

/** `{ median, p95, worst, frames, long }`: milliseconds a frame, how many frames, and how many tasks over 100 ms. */
export async function smoothness(page, seconds) {
  const { frames, tasks } = await page.evaluate(watch, seconds);
  const sorted = [...frames].sort((a, b) => a - b);
  const at = (share) => Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1));
  const long = tasks.filter((duration) => duration > 100).length;
  return { median: at(0.5), p95: at(0.95), worst: at(1), frames: frames.length, long };
}

/** What axe finds serious or critical on this page as it is now, as one text; empty when nothing. */
export async function barriers(page) {
  // not by a script element, which the page's content policy forbids
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }),
  );
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 120)).join(' | ')}`)
    .join('\n');
}
