/**
 * A new user on the page: `node newcomer.mjs ADDRESS CHROMIUM NAME`, from the first look to Start, by the set-up alone.
 *
 * Prints `{clicks, letters, problems}` as JSON; the pal runs then.
 */

import { launch } from './browser.mjs';

const [address, executablePath, name] = process.argv.slice(2);
const PATIENCE_MS = 60_000;

const browser = await launch(executablePath);
const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
page.setDefaultTimeout(PATIENCE_MS);
const problems = [];
page.on('pageerror', (error) => problems.push(String(error)));

let clicks = 0;
const step = page.locator('.setup-step');
const press = async (button) => {
  clicks += 1;
  await button.click();
};
const named = (words) => step.getByRole('button', { name: words, exact: true });
const at = (words) => step.getByRole('heading', { name: words }).waitFor();

/** On to the step of this title: some steps lead on by themselves once they are done. */
async function goOn(title) {
  const there = step.getByRole('heading', { name: title });
  const button = named('Continue').and(page.locator(':not([aria-disabled=true])'));
  await there.or(button).first().waitFor();
  if (!(await there.isVisible())) await press(button);
  await there.waitFor();
}

await page.goto(address);
await press(page.locator('main a[href="#/setup"]').first());
await at('Welcome to PalFriend');
await press(named('English'));
await goOn('Who are you on TikTok?');
await step.locator('input').first().fill(name);
await press(named('Try it'));
await goOn('Your avatar');
await goOn('Who thinks of the answers?');
await step.locator('select').waitFor();
await press(named('Try it'));
await goOn('Your microphone');
await press(named('I use no microphone'));
await goOn('Who is your pal?');
await press(step.locator('.setup-personas button').first());
await goOn('A rehearsal');
await press(named('Try it'));
await goOn('All set');
await press(named('Start PalFriend'));
await page.getByRole('heading', { name: /Starting|Live/ }).waitFor();
await browser.close();
process.stdout.write(`${JSON.stringify({ clicks, letters: name.length, problems })}\n`);
