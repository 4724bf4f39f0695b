/** What the steps of a visit are made of. */

import { createInterface } from 'node:readline';

export const [address, executablePath, pictures, ...wanted] = process.argv.slice(2);
export const PATIENCE_MS = 30_000;

export const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const stdin = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** What the one who started this script answers. */
export async function ask(wish, what = null) {
  say({ ask: wish, what });
  return JSON.parse((await stdin.next()).value);
}

export function check(truth, problem) {
  if (!truth) throw new Error(problem);
}

export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const state = (page, words) => page.getByRole('heading', { name: words }).waitFor();
/** The page knows PalFriend's state. */
export const KNOWN = /Stopped|Starting|Live|Demo/;

export const SILENCED = 'SILENCED – the pal says nothing until you release it';
export const focused = (page) => page.evaluate(() => document.activeElement.textContent);
export const width = (page) => page.evaluate(() => document.documentElement.scrollWidth);

/** Waits for the truth; `problem`: what to say when it does not come, or what makes that. */
export async function until(truth, problem) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await truth())) {
    if (Date.now() >= deadline) throw new Error(typeof problem === 'function' ? problem() : problem);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Open a page of the dashboard by its place in the navigation. */
export async function open(page, name) {
  await page.locator(`nav a[href="#/${name}"]`).click();
  await page.locator(`nav a[href="#/${name}"][aria-current=page]`).waitFor();
  await page.getByRole('heading', { level: 1 }).waitFor();
}

/** Whether all of it can be seen without scrolling. */
export async function isInSight(locator) {
  const { top, bottom } = await locator.evaluate((element) => element.getBoundingClientRect().toJSON());
  const room = await locator.page().evaluate(() => innerHeight);
  return top >= 0 && bottom <= room && bottom > top;
}

/** Have the stand-in raise a red flag. */
export async function raiseFlag(page) {
  const options = { method: 'POST', headers: { 'X-PalFriend': '1' } };
  await page.evaluate((how) => fetch('api/test/alert', how).then((answer) => answer.json()), options);
}

export async function saveField(page, id, value) {
  await page.locator(`#${id}`).fill(value);
  await button(page, 'Save').click();
}

/** Drop a settings file with this content on the page. */
export async function dropFile(page, content) {
  const dataTransfer = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'settings.yaml', { type: 'application/yaml' }));
    return transfer;
  }, content);
  await page.dispatchEvent('.drop', 'drop', { dataTransfer });
}

/** Texts on the page whose contrast is below WCAG's AA (4.5 : 1); runs inside the page. */
export function faintTexts() {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const linear = numbers(colour).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return numbers(colour)[3] === 0 ? ground(element.parentElement) : colour;
  };
  const contrast = (element) => {
    const [dark, light] = [getComputedStyle(element).color, ground(element)].map(luminance).sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  return [...document.querySelectorAll('body *')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))
    .filter((element) => element.checkVisibility() && !element.matches('[aria-disabled=true], :disabled, script, option'))
    .filter((element) => contrast(element) < 4.5)
    .map((element) => `${element.className || element.tagName}: ${contrast(element).toFixed(1)}`);
}
