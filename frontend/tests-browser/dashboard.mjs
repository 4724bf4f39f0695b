/** Steps of a visit: what the dashboard shows and lets do during a live, the overlay, and how all pages behave. */

import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { barriers, smoothness } from './measure.mjs';
import { address, ask, button, check, open, pictures, until, width } from './visit.mjs';

const FLOOD = 500;
/** Rows that the page keeps, and the events a second that fill it, and that come then. */
const KEPT = 10_000;
const FILLING = 1000;
const COMING = 50;
const ROOM = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 740 };

const waiting = (page) => page.locator('.waiting');
const waitingTexts = (page) => page.locator('.waiting bdi').allTextContents();
const act = (page, place, name) => waiting(page).nth(place).locator(`[data-act=${name}]`);

/** All pages that the navigation leads to. */
async function pageNames(page) {
  const links = await page.locator('nav a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  return links.map((link) => link.replace('#/', ''));
}

async function atEachPage(page, visit) {
  for (const name of await pageNames(page)) {
    await open(page, name);
    await page.waitForTimeout(300); // what it reads from the server is there
    await visit(name);
  }
  await open(page, 'dashboard');
}

/** So many more events a second. */
async function flood(page, events) {
  const headers = { 'X-PalFriend': '1', 'Content-Type': 'application/json' };
  const options = { method: 'POST', headers, body: JSON.stringify({ events }) };
  await page.evaluate((how) => fetch('api/test/flood', how).then((answer) => answer.json()), options);
}

/** Row `from` to the place of row `to`, by its grip. */
async function drag(page, from, to) {
  await waiting(page).nth(1).scrollIntoViewIfNeeded();
  await waiting(page).nth(from).locator('.grip').hover();
  await page.mouse.down();
  await page.locator('.waiting.is-dragged').waitFor();
  const { x, y, height } = await waiting(page).nth(to).boundingBox();
  await page.mouse.move(x + 15, y + height * 0.5, { steps: 4 });
  await page.mouse.move(x + 15, y + height * (to > from ? 0.9 : 0.1), { steps: 4 });
  await page.mouse.up();
}

/** The server is started again, and the pal with it. */
async function backAgain(page) {
  await ask('start');
  await page.locator('.notice.lost').waitFor({ state: 'detached' });
  await button(page, 'Start').click();
}

const comments = async (page) => Number((await page.locator('[data-kind=comment]').textContent()).replace(/\D/g, ''));
const isSmooth = ({ median, long }) => median <= 20 && long === 0;

/** Measures until a turn is as `wanted`, at most five: other programs make one stutter, the page itself would do it in each. */
async function turnsUntil(page, wanted) {
  const turns = [];
  while (turns.length < 5 && !(turns.length > 0 && wanted(turns.at(-1)))) turns.push(await smoothness(page, 3));
  return turns;
}

/** How smoothly a page runs on which nothing is. */
async function emptyPage(page) {
  const empty = await page.context().browser().newPage();
  try {
    return await smoothness(empty, 3);
  } finally {
    await empty.close();
  }
}

export const dashboardSteps = {
  async orders_what_waits(page) {
    await waiting(page).nth(3).waitFor();
    const [first, second, third, fourth] = await waitingTexts(page);
    await drag(page, 3, 0);
    await until(async () => (await waitingTexts(page))[0] === fourth, 'dragging it to the top did not move it');
    await drag(page, 0, 2);
    await until(async () => (await waitingTexts(page))[2] === fourth, 'dragging it down did not move it');
    await act(page, 0, 'down').focus();
    await page.keyboard.press('Enter');
    await until(async () => (await waitingTexts(page)).slice(0, 2).join() === [second, first].join(), 'Later did not move it');
    const focus = await page.evaluate(() => document.activeElement.closest('.waiting')?.querySelector('bdi').textContent);
    check(focus === first, `the focus is lost to ${focus}`);
    await act(page, 3, 'now').click();
    await until(async () => (await waitingTexts(page))[0] === third, 'Say next did not bring it to the top');
    await act(page, 0, 'drop').click();
    await until(async () => !(await waitingTexts(page)).includes(third), 'Drop did not drop it');
    await page.screenshot({ path: `${pictures}/waiting.png` });
  },
  async says_and_asks(page) {
    await page.getByLabel('Let the pal say').fill('Hello everybody');
    await page.keyboard.press('Enter');
    await waiting(page).filter({ hasText: 'Hello everybody' }).waitFor();
    check((await page.getByLabel('Let the pal say').inputValue()) === '', 'what was said stays in the field');
    await page.getByLabel('Let the pal say').fill('Hello everybody');
    await button(page, 'Say it').click();
    await page.getByText('This line waits already.').waitFor();
    await page.getByLabel('Let the pal say').fill('');
    await page.getByLabel('Ask the pal, only for you').fill('What is your name?');
    await button(page, 'Ask').click();
    await page.locator('.answer bdi').waitFor();
    await page.locator('.answer').scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${pictures}/asked.png` });
  },
  async shows_the_room(page) {
    for (const name of ['.gifts .rows li', '.here .chips li', '.chart path', '.first-run a']) {
      await page.locator(name).first().waitFor();
    }
    const drawn = (await page.locator('.bars.is-comments').getAttribute('d')).length;
    check(drawn > 5, 'the comments of this minute are not drawn');
    const persona = page.getByLabel('Who the pal is');
    const other = await persona.locator('option:not([disabled])').last().getAttribute('value');
    await persona.selectOption(other);
    await page.getByText('The pal is somebody else from its next answer on.').waitFor();
    check((await persona.inputValue()) === other, 'the pal did not become somebody else');
  },
  async hears_the_streamer(page) {
    await page.locator('.heard:not([hidden])').waitFor();
    await page.locator('.heard[hidden]').waitFor({ state: 'attached' });
    check((await page.locator('.meter b').count()) === 1, 'there is no mark where a voice begins');
  },
  async can_be_used_by_everybody(page) {
    const found = [];
    for (const theme of ['dark', 'light']) {
      await page.getByLabel('Appearance').selectOption(theme);
      await atEachPage(page, async (name) => {
        const problems = await barriers(page);
        if (problems) found.push(`${name}, ${theme}: ${problems}`);
        await page.screenshot({ path: `${pictures}/${name}-${theme}.png`, fullPage: true });
      });
    }
    await page.getByLabel('Appearance').selectOption('system');
    check(found.length === 0, found.join('\n'));
  },
  async speaks_german_on_every_page(page) {
    await page.getByLabel('Language').selectOption('de');
    await button(page, 'Sofort still').waitFor();
    const bare = [];
    await atEachPage(page, async (name) => {
      const texts = await page.locator('main').innerText();
      bare.push(...(texts.match(/\b(ui|form|list|doctor|setup|rehearsal|calibration)\.[a-z_]+[a-z_.]*/g) ?? []));
      await page.screenshot({ path: `${pictures}/${name}-german.png`, fullPage: true });
    });
    await page.getByLabel('Sprache').selectOption('en');
    await button(page, 'Silence now').waitFor();
    check(bare.length === 0, `there is no text for ${bare}`);
  },
  async fits_a_phone_on_every_page(page) {
    await page.setViewportSize(PHONE);
    const wide = [];
    await open(page, 'dashboard');
    await page.reload();
    await page.locator('.lamp').first().waitFor();
    await page.waitForTimeout(300); // whatever moves the page at its beginning has done so
    const top = await page.evaluate(() => window.scrollY);
    check(top === 0, `on a phone the page begins ${top} pixels below its top`);
    await atEachPage(page, async (name) => {
      if ((await width(page)) > PHONE.width) wide.push(`${name} takes ${await width(page)}`);
      await page.screenshot({ path: `${pictures}/${name}-phone.png` });
    });
    await page.setViewportSize(ROOM);
    check(wide.length === 0, wide.join(', '));
  },
  async keeps_up_with_a_crowd(page) {
    const before = await comments(page);
    await flood(page, FLOOD);
    const turns = await turnsUntil(page, isSmooth);
    check((await comments(page)) > before, 'the number of comments does not move');
    await flood(page, 0);
    writeFileSync(`${pictures}/crowd.json`, JSON.stringify(turns, null, 2));
    check(isSmooth(turns.at(-1)), `it stutters: ${JSON.stringify(turns)}`);
  },
  async scrolls_through_10000_events(page) {
    await open(page, 'events');
    await flood(page, FILLING);
    const held = async () => Number(await page.locator('.rows-all li').first().getAttribute('aria-setsize'));
    await until(async () => (await held()) >= KEPT, `there are no ${KEPT} rows`);
    await flood(page, COMING);
    await page.waitForTimeout(1000); // what was sent before is drawn
    const turns = await turnsUntil(page, isSmooth);
    const empty = await emptyPage(page);
    await flood(page, 0);
    writeFileSync(`${pictures}/rows.json`, JSON.stringify({ turns, empty }, null, 2));
    check((await page.locator('.rows-all li').count()) < 100, 'rows out of sight are drawn, too');
    const { median, long } = turns.at(-1);
    // on a machine that is too busy to draw even an empty page in time, nothing can be told from the frames
    check(median <= Math.max(20, empty.median * 1.5), `it stutters: ${JSON.stringify({ turns, empty })}`);
    check(long <= empty.long, `it blocks: ${JSON.stringify({ turns, empty })}`);
    await open(page, 'dashboard');
  },
  async shows_captions_in_obs(page) {
    const obs = await page.context().browser().newPage();
    try {
      await obs.goto(`${address}/overlay?size=40&hold=1&name=Nova&box=00000080`);
      await obs.locator('#captions:not([hidden])', { hasText: 'Nova: ' }).waitFor();
      const ground = await obs.evaluate(() => getComputedStyle(document.body).backgroundColor);
      check(ground === 'rgba(0, 0, 0, 0)', `behind the captions is ${ground}`);
      check((await obs.locator('#captions').evaluate((box) => getComputedStyle(box).fontSize)) === '40px', 'not my size');
      check((await obs.locator('img').count()) === 0, "a viewer's text became an element");
      await obs.screenshot({ path: `${pictures}/overlay.png`, omitBackground: true });
    } finally {
      await obs.close();
    }
  },
  async shows_captions_in_obs_that_was_there_first(page) {
    await ask('kill');
    const obs = await page.context().browser().newPage();
    try {
      const file = pathToFileURL(`${import.meta.dirname}/../public/palfriend-overlay.html`);
      await obs.goto(`${file}?port=${new URL(address).port}&size=40&hold=300`);
      await obs.waitForTimeout(3000);
      check((await obs.locator('body').innerText()).trim() === '', 'it shows something while nobody is there');
      await backAgain(page);
      await obs.locator('#captions:not([hidden])').waitFor();
      await ask('kill');
      await obs.locator('#captions[hidden]').waitFor({ state: 'attached' });
      await page.locator('.notice.lost').waitFor();
      await backAgain(page);
      await obs.locator('#captions:not([hidden])').waitFor();
    } finally {
      await obs.close();
    }
  },
};

/** What the browser itself writes to the console at these steps. */
export const expectedOnDashboard = {
  says_and_asks: /status of 422/,
  shows_captions_in_obs_that_was_there_first: /WebSocket connection to .* failed|Failed to load resource/,
};
