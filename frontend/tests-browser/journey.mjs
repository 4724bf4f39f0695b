/**
 * A visit to the dashboard with a real browser: `node journey.mjs ADDRESS CHROMIUM PICTURES STEP...`.
 *
 * One JSON object per line on stdout: `{step, problem}` after each step (problem "" when all went well), or `{ask, what}`
 * when something is to be done outside (the server killed or started again, TikTok made to say something); the script
 * goes on when the answer, as JSON, comes back on stdin as a line.
 */

import { launch } from './browser.mjs';
import { dashboardSteps, expectedOnDashboard } from './dashboard.mjs';
import {
  address,
  ask,
  button,
  check,
  dropFile,
  executablePath,
  faintTexts,
  focused,
  isInSight,
  KNOWN,
  open,
  PATIENCE_MS,
  pictures,
  raiseFlag,
  saveField,
  say,
  SILENCED,
  state,
  until,
  wanted,
  width,
} from './visit.mjs';
import { expectedOnWires, wireSteps } from './wires.mjs';

/** Runs inside the page. */
async function skipSetUp() {
  const headers = { 'Content-Type': 'application/json', 'X-PalFriend': '1' };
  const { steps: all } = await (await fetch('api/setup')).json();
  for (const { id } of all) await fetch(`api/setup/${id}/skip`, { method: 'POST', headers, body: '{}' });
}

const steps = {
  ...dashboardSteps,
  ...wireSteps,
  async loads(page) {
    await page.goto(address);
    await state(page, KNOWN);
    check(/^(Stopped|Starting|Live|Demo) · PalFriend$/.test(await page.title()), `the title is ${await page.title()}`);
  },
  async says_demo(page) {
    await page.getByText('DEMO: simulated viewers, template answers, no TikTok, no GPT').waitFor();
  },
  async starts(page) {
    if (await button(page, 'Start').isVisible()) await button(page, 'Start').click();
    await state(page, /Live|Demo/);
    await button(page, 'Stop').waitFor();
  },
  async shows_captions(page) {
    await page.locator('.now .kind').waitFor();
    await page.locator('.captions .rows li').nth(1).waitFor();
  },
  async counts(page) {
    const comments = page.locator('[data-kind=comment]');
    const before = Number(await comments.textContent());
    await until(async () => Number(await comments.textContent()) > before, 'the number of comments does not move');
    await page.locator('.events li').nth(2).waitFor();
  },
  async is_safe_from_viewers(page) {
    await page.locator('.events bdi', { hasText: '<img src=x onerror=' }).first().waitFor();
    check((await page.locator('img[src=x]').count()) === 0, "a viewer's text became an element");
    check(!(await page.title()).includes('hacked'), "a viewer's text was run");
  },
  async looks_good_on_a_desktop(page) {
    await page.setViewportSize({ width: 1440, height: 900 });
    check((await width(page)) <= 1440, 'the page scrolls sideways');
    const untranslated = (await page.locator('body').innerText()).match(/\bui\.[a-z._]+/g);
    check(untranslated === null, `there is no text for ${untranslated}`);
    await page.screenshot({ path: `${pictures}/light-en-desktop.png`, fullPage: true });
  },
  async speaks_german_in_the_dark(page) {
    await page.getByLabel('Language').selectOption('de');
    await page.getByLabel('Darstellung').selectOption('dark');
    await button(page, 'Stopp').waitFor();
    const colours = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    check(colours === 'dark', `the colours are ${colours}`);
  },
  async can_be_read_in_any_light(page) {
    for (const colorScheme of ['light', 'dark']) {
      await page.getByLabel('Darstellung').selectOption(colorScheme);
      const faint = await page.evaluate(faintTexts);
      check(faint.length === 0, `${colorScheme}: ${faint.join(', ')}`);
    }
  },
  async fits_a_phone(page) {
    await page.setViewportSize({ width: 360, height: 740 });
    check((await width(page)) <= 360, `360 pixels are not enough, it takes ${await width(page)}`);
    await page.screenshot({ path: `${pictures}/dark-de-phone.png`, fullPage: true });
    await page.setViewportSize({ width: 1440, height: 900 });
  },
  async remembers_the_choices(page) {
    await page.reload();
    await button(page, 'Stopp').waitFor();
    await page.getByLabel('Darstellung').selectOption('system');
    await page.getByLabel('Sprache').selectOption('en');
    await button(page, 'Stop').waitFor();
  },
  async works_by_keyboard(page) {
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('Tab');
    check((await focused(page)) === 'Silence now', `the first Tab reaches ${await focused(page)}`);
    for (let i = 0; i < 40 && (await focused(page)) !== 'Stop'; i += 1) await page.keyboard.press('Tab');
    check((await focused(page)) === 'Stop', 'Tab never reaches Stop');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    check(outline === 'solid', 'the focus cannot be seen');
  },
  /** `readme.png` is the picture in the README once it is copied to docs/dashboard.png. */
  async poses_for_the_readme(page) {
    await page.evaluate(skipSetUp);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 1440, height: 1180 });
    await open(page, 'logs');
    await open(page, 'dashboard'); // which then knows that the set-up is done
    await page.locator('.captions .rows li').nth(3).waitFor();
    const line = page.locator('.now bdi', { has: page.locator('.word').nth(3) });
    const before = await page.locator('.now').textContent();
    await until(async () => (await line.count()) > 0 && (await page.locator('.now').textContent()) !== before, 'no other line comes');
    await page.waitForTimeout(900); // in the middle of it
    await page.evaluate(() => document.activeElement.blur());
    await page.screenshot({ path: `${pictures}/readme.png` });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1440, height: 900 });
  },
  async keeps_the_panic_button_in_sight(page) {
    for (const viewport of [{ width: 360, height: 740 }, { width: 1440, height: 900 }]) {
      await page.setViewportSize(viewport);
      for (const end of ['0', 'document.body.scrollHeight']) {
        await page.evaluate(`scrollTo(0, ${end})`);
        check(await isInSight(button(page, 'Silence now')), `it is out of sight, ${viewport.width} wide, at ${end}`);
      }
    }
    await page.evaluate(() => scrollTo(0, 0));
  },
  async silences_until_released(page) {
    await button(page, 'Silence now').dblclick(); // a nervous hand presses twice
    await page.getByText(SILENCED).waitFor();
    await page.reload();
    await page.getByText(SILENCED).waitFor();
    check((await button(page, 'Silence now').count()) === 0, 'it offers to silence what is silent');
    await page.screenshot({ path: `${pictures}/silenced.png` });
    await button(page, 'Release').click();
    await button(page, 'Silence now').waitFor();
  },
  async silences_with_escape_twice(page) {
    await open(page, 'settings');
    await page.locator('#openai-model').focus();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('Escape');
    await page.waitForTimeout(700); // the time after which a press stands alone
    check(await button(page, 'Silence now').isVisible(), 'it was silenced by accident');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByText(SILENCED).waitFor();
    await page.getByText(SILENCED).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Tab');
    check((await focused(page)) === 'Release', `the next Tab reaches ${await focused(page)}`);
    await page.keyboard.press('Enter');
    await button(page, 'Silence now').waitFor();
    await open(page, 'dashboard');
  },
  async mutes_and_skips(page) {
    await button(page, 'Skip this sentence').click();
    await button(page, 'Mute').click();
    await button(page, 'Unmute').waitFor();
    await page.getByText(/^Muted\./).waitFor();
    await button(page, 'Unmute').click();
    await button(page, 'Mute').waitFor();
  },
  async shows_a_red_flag_until_it_is_dismissed(page) {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await raiseFlag(page);
    await raiseFlag(page);
    const flags = page.locator('.alert');
    await flags.nth(1).waitFor();
    check(await isInSight(flags.first()), 'the red flag is out of sight');
    check((await flags.first().textContent()).includes('<img src=x onerror='), 'the words are not there');
    check((await page.locator('img[src=x]').count()) === 0, "a viewer's text became an element");
    check((await page.locator('.captions', { hasText: 'onerror' }).count()) === 0, 'it is among the captions');
    await page.screenshot({ path: `${pictures}/red-flag.png` });
    await button(flags.first(), 'Dismiss').click();
    await until(async () => (await flags.count()) === 1, 'dismissing one does not leave one');
    await button(flags.first(), 'Dismiss').click();
    await flags.first().waitFor({ state: 'detached' });
    await page.evaluate(() => scrollTo(0, 0));
  },
  async says_what_was_not_said(page) {
    await open(page, 'events');
    await button(page, 'Refresh').click();
    const rows = page.locator('.audit li');
    await rows.filter({ hasText: 'Hints at self-harm' }).first().waitFor();
    await rows.filter({ hasText: 'Words of the server' }).waitFor();
    check(await rows.filter({ hasText: 'Said instead: a friend' }).isVisible(), 'what was said instead is missing');
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.audit a[download]').click()]);
    check(file.suggestedFilename() === 'palfriend-audit.jsonl', `the export is called ${file.suggestedFilename()}`);
  },
  async learns_a_word(page) {
    await page.locator('.audit bdi', { hasText: 'plonker' }).first().evaluate((element) => {
      const at = element.firstChild.data.indexOf('plonker');
      getSelection().setBaseAndExtent(element.firstChild, at, element.firstChild, at + 'plonker'.length);
    });
    await button(page, 'Never again …').click();
    const word = page.getByLabel('Word or phrase');
    check((await word.inputValue()) === 'plonker', `it begins with ${await word.inputValue()}`);
    await page.screenshot({ path: `${pictures}/never-again.png` });
    await button(page, 'Never again').click();
    await page.locator('.audit li', { hasText: 'block: plonker' }).waitFor();
    await button(page, 'Allow a word …').click();
    await word.fill('!!!');
    await button(page, 'Allow').click();
    await page.getByText('PalFriend could not do that: That is no word.').waitFor();
    await button(page, 'Cancel').click();
    await word.waitFor({ state: 'detached' });
    await open(page, 'dashboard');
  },
  async can_be_read_in_an_emergency(page) {
    await raiseFlag(page);
    await button(page, 'Silence now').click();
    await page.getByText(SILENCED).waitFor();
    await page.getByLabel('Language').selectOption('de');
    for (const colorScheme of ['light', 'dark']) {
      await page.getByLabel('Darstellung').selectOption(colorScheme);
      const faint = await page.evaluate(faintTexts);
      check(faint.length === 0, `${colorScheme}: ${faint.join(', ')}`);
      await page.setViewportSize({ width: 360, height: 740 });
      check((await width(page)) <= 360, `360 pixels are not enough, it takes ${await width(page)}`);
      check(await isInSight(button(page, 'Freigeben')), 'Release is out of sight');
      await page.screenshot({ path: `${pictures}/emergency-${colorScheme}-phone.png` });
      await page.screenshot({ path: `${pictures}/emergency-${colorScheme}-phone-full.png`, fullPage: true });
      await page.setViewportSize({ width: 1440, height: 900 });
    }
    await button(page, 'Schließen').click();
    await button(page, 'Freigeben').click();
    await page.getByLabel('Darstellung').selectOption('system');
    await page.getByLabel('Sprache').selectOption('en');
    await button(page, 'Silence now').waitFor();
  },
  async stops(page) {
    await button(page, 'Stop').click();
    await state(page, /Stopped/);
    await button(page, 'Start').waitFor();
  },
  async keeps_settings(page) {
    await open(page, 'settings');
    await saveField(page, 'tiktok-unique_id', 'anna.live');
    await page.getByText(/^Saved/).waitFor();
    await page.reload();
    const name = page.locator('#tiktok-unique_id');
    await until(async () => (await name.inputValue()) === 'anna.live', 'the TikTok name was not kept');
  },
  async keeps_the_key_to_itself(page) {
    const answers = [];
    page.on('response', (response) => answers.push(response.text().catch(() => '')));
    await saveField(page, 'openai-api_key', 'sk-browser-test-1234567890');
    await page.getByText(/^Saved/).waitFor();
    await page.reload();
    await page.getByPlaceholder('set – leave empty to keep it').waitFor();
    const seen = [...(await Promise.all(answers)), await page.content()].join('\n');
    check(!seen.includes('sk-browser-test'), 'the key came back');
  },
  async explains_a_refused_value(page) {
    await saveField(page, 'animaze-port', '99999');
    const why = page.locator('#animaze-port-help.bad');
    await why.waitFor();
    check((await why.textContent()).includes('65535'), `it says ${await why.textContent()}`);
    await page.locator('#animaze-port:focus').waitFor();
    await page.screenshot({ path: `${pictures}/refused-value.png`, fullPage: true });
    await page.reload();
    const port = page.locator('#animaze-port');
    await until(async () => (await port.inputValue()) === '9000', 'the refused port was kept');
    await open(page, 'dashboard');
  },
  async takes_the_last_change_back(page) {
    await open(page, 'settings');
    await saveField(page, 'animaze-port', '8008');
    await page.getByText(/^Saved/).waitFor();
    await button(page, 'Undo last change').click();
    await until(async () => (await page.locator('#animaze-port').inputValue()) === '9000', 'the port was not taken back');
    await open(page, 'dashboard');
  },
  async takes_in_a_dropped_file(page) {
    await open(page, 'settings');
    const port = page.locator('#animaze-port');
    await port.waitFor();
    await dropFile(page, 'animaze:\n  port: 99999\n');
    const refusal = page.getByRole('dialog');
    await refusal.getByText('65535').waitFor();
    check((await button(refusal, 'Take over').getAttribute('aria-disabled')) === 'true', 'a file with a wrong value can be taken over');
    await button(refusal, 'Cancel').click();
    await dropFile(page, 'animaze:\n  port: 8008\nno_such_section:\n  value: 1\n');
    const preview = page.getByRole('dialog');
    await preview.getByRole('row', { name: 'Port 9000 8008' }).waitFor();
    await preview.getByText(/no_such_section/).waitFor();
    await page.screenshot({ path: `${pictures}/import-preview.png` });
    check((await port.inputValue()) === '9000', 'the preview changed something already');
    await button(preview, 'Take over').click();
    await until(async () => (await port.inputValue()) === '8008', 'the dropped file was not taken over');
    await button(page, 'Undo last change').click();
    await until(async () => (await port.inputValue()) === '9000', 'the file was not taken back');
    await open(page, 'dashboard');
  },
  async comes_back_by_itself(page) {
    await ask('kill');
    await page.getByText(/Connection to PalFriend lost/).waitFor();
    check(await page.locator('.state .begin[aria-disabled=true]').isVisible(), 'a button can be pressed although nobody is there');
    await page.screenshot({ path: `${pictures}/connection-lost.png` });
    await ask('start');
    await state(page, KNOWN);
    await page.getByText(/Connection to PalFriend lost/).waitFor({ state: 'detached' });
    await page.getByText('Connected to PalFriend again.').waitFor();
  },
  async asks_before_it_quits(page) {
    await button(page, 'Quit').click();
    await button(page, 'Cancel').click();
    await state(page, KNOWN);
    await button(page, 'Quit').click();
    await button(page, 'Quit PalFriend').click();
    await page.getByText('PalFriend has been closed. You can close this page.').waitFor();
  },
};

/** What the browser itself writes to the console when a server is away or answers 400. */
const EXPECTED = {
  ...expectedOnDashboard,
  ...expectedOnWires,
  comes_back_by_itself: /WebSocket connection to .* failed|Failed to load resource/,
  asks_before_it_quits: /WebSocket connection to .* failed|Failed to load resource/,
  learns_a_word: /status of 400/,
  explains_a_refused_value: /status of 400/,
};

async function visit() {
  const browser = await launch(executablePath);
  try {
    const viewport = { width: 1440, height: 900 };
    const page = await browser.newPage({ viewport, locale: 'en-GB', colorScheme: 'light' });
    page.setDefaultTimeout(PATIENCE_MS);
    const errors = [];
    page.on('console', (line) => line.type() === 'error' && errors.push(line.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    for (const step of wanted) {
      const problem = await steps[step](page).then(() => '', (error) => error.message);
      const unexpected = errors.splice(0).filter((error) => !EXPECTED[step]?.test(error));
      say({ step, problem: [problem, ...unexpected].filter(Boolean).join('\n') });
      if (problem) await page.screenshot({ path: `${pictures}/failed-${step}.png` });
    }
  } finally {
    await browser.close();
  }
}

await visit();
process.exit(0);
