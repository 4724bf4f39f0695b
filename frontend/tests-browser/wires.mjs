/**
 * Steps of a visit to the program as it is, between a TikTok, a model's server and an Animaze that stand in for the real
 * ones: what the page shows is compared with what really came and went over their wires.
 *
 * Orders to whoever started the visit: `tiktok` (events to send), `heard` (what the avatar was told), `prompts` (what the
 * model was asked), `settings` (what the file holds).
 */

import {
  address,
  ask,
  button,
  check,
  dropFile,
  open,
  pictures,
  saveField,
  SILENCED,
  state,
  until,
} from './visit.mjs';

export const STREAMER = 'streamer';
/** Each frame comes twice, as TikTok does it after a reconnection. */
const TWICE = { dup: 1 };
const GUESTS = ['anna', 'ben', 'carla'];
/** What each of them asks, and what the stand-in for the model then answers. */
const question = (place) => `what is number ${place}?`;
const answer = (place) => `You asked what is number ${place}.`;
/** Longer than a sentence of the stand-in takes; whoever is still talking then has not been silenced. */
const SILENCE_MS = 3000;

const tiktok = (...events) => ask('tiktok', events);
const says = (user, text, more = {}) => ({ type: 'comment', user, text, ...more });
/** What the avatar was told to say, in order. */
const heard = async () => (await ask('heard')).map((text) => text.replace(/^-echo /, ''));

const number = async (locator) => Number((await locator.textContent()).replace(/\D/g, ''));
const kind = (page, name) => page.locator(`[data-kind=${name}]`);
const figure = (page, name) =>
  page.locator('.figure', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).locator('dd');

/** Until each of these `[locator, number]` shows its number; then they must stay so. */
async function shows(page, numbers) {
  const read = async () => Promise.all(numbers.map(([locator]) => number(locator)));
  const wanted = numbers.map(([, value]) => value);
  let now = [];
  await until(
    async () => (now = await read()).join() === wanted.join(),
    () => `the numbers are ${now} and not ${wanted}`,
  );
  await page.waitForTimeout(1000); // a frame that is counted twice comes within this
  now = await read();
  check(now.join() === wanted.join(), `the numbers went on from ${wanted} to ${now}`);
}

async function isLive(page) {
  await state(page, /Live/);
  for (const name of ['TikTok', 'Animaze', 'GPT']) {
    await page.locator('.lamp.is-up').filter({ has: page.getByRole('heading', { name, exact: true }) }).waitFor();
  }
}

/** What the model is asked has this text from now on, without a viewer saying it. */
async function isTold(text, guest, place) {
  await tiktok(says(guest, question(place)));
  await until(async () => (await heard()).includes(answer(place)), `${guest} got no answer`);
  check(JSON.stringify((await ask('prompts')).at(-1)).includes(text), `the model was not told ${text}`);
}

export const wireSteps = {
  async opens_without_a_name(page) {
    await page.goto(address);
    await state(page, /Stopped/);
    check((await ask('settings')).tiktok.unique_id === undefined, 'the file knows the name before anybody said it');
  },
  async refuses_a_wrong_value_at_its_field(page) {
    const before = await ask('settings');
    await open(page, 'settings');
    await saveField(page, 'animaze-port', '99999');
    await page.locator('#animaze-port-help.bad', { hasText: '65535' }).waitFor();
    await page.locator('#animaze-port:focus[aria-invalid=true]').waitFor();
    check(JSON.stringify(await ask('settings')) === JSON.stringify(before), 'the file was changed all the same');
    await page.screenshot({ path: `${pictures}/refused.png` });
    await button(page, 'Discard').click();
  },
  async keeps_a_right_one(page) {
    await saveField(page, 'tiktok-unique_id', STREAMER);
    await page.getByText(/^Saved/).waitFor();
    check((await ask('settings')).tiktok.unique_id === STREAMER, 'the name is not in the file');
    await open(page, 'dashboard');
  },
  async goes_live(page) {
    await button(page, 'Start').click();
    await isLive(page);
    await button(page, 'Stop').waitFor();
  },
  async counts_what_comes_exactly(page) {
    const roses = { type: 'gift_streak', user: 'bob', gift: 'Rose', count: 5, interval: 0.1, end_delay: 0.5 };
    await tiktok(
      ...GUESTS.map((guest, place) => says(guest, question(place), TWICE)),
      { type: 'viewers', total: 123 },
      { type: 'like', user: 'dora', count: 15, total: 415 },
      { type: 'gift', user: 'rich', gift: 'Galaxy', ...TWICE },
      roses,
      roses,
    );
    await until(async () => (await heard()).length >= 5, 'the avatar was not told five lines');
    await shows(page, [
      [kind(page, 'comment'), 3],
      [figure(page, 'Viewers'), 123],
      [figure(page, 'Gifts \\(streaks\\)'), 2],
      [figure(page, 'Diamonds'), 1005],
      [figure(page, 'Answered'), 3],
      [figure(page, 'Spoken'), 5],
      [figure(page, 'Likes'), 415],
      [figure(page, 'Duplicates dropped'), 4],
    ]);
    await page.getByRole('img', { name: 'In the last hour: comments 3, gifts 2' }).waitFor();
    await page.screenshot({ path: `${pictures}/live.png`, fullPage: true });
  },
  async shows_what_the_avatar_was_told(page) {
    const told = await heard();
    const wanted = [...GUESTS.keys()].map(answer);
    check(wanted.every((line) => told.includes(line)), `the avatar was told ${told.join(' | ')}`);
    check(told.length === 5, `the avatar was told ${told.length} lines`);
    const lines = page.locator('.captions .rows .words');
    await until(async () => (await lines.count()) === told.length, 'not every line stands under the captions');
    const shown = (await lines.allTextContents()).reverse();
    check(shown.join('\n') === told.join('\n'), `said: ${told.join(' | ')}; shown: ${shown.join(' | ')}`);
  },
  async tells_what_happened_and_why(page) {
    await open(page, 'events');
    const rows = page.locator('.rows-all li');
    const row = rows.filter({ hasText: question(1) });
    await row.waitFor();
    check((await row.count()) === 1, 'a comment that came twice stands there twice');
    await rows.filter({ hasText: 'Galaxy' }).first().waitFor();
    await button(row, 'Why?').click();
    const card = page.getByRole('dialog');
    await card.getByText(`Said: ${answer(1)}`).waitFor();
    await card.getByText('Spoken after').waitFor();
    await card.getByText('What the model was asked').click();
    await card.locator('pre', { hasText: question(1) }).first().waitFor();
    await page.screenshot({ path: `${pictures}/why.png` });
    await button(card, 'Close').click();
    await open(page, 'dashboard');
  },
  async applies_a_setting_while_live(page) {
    await open(page, 'settings');
    await saveField(page, 'now-game', 'Chess');
    await page.getByText(/^Saved/).waitFor();
    check((await ask('settings')).now.game === 'Chess', 'the game is not in the file');
    await isTold('Chess', 'emma', 4);
  },
  async takes_over_a_dropped_file_while_live(page) {
    await dropFile(page, 'now:\n  game: Go\n  goal: ten wins\n');
    const preview = page.getByRole('dialog');
    await preview.getByRole('row', { name: 'Game Chess Go' }).waitFor();
    await preview.getByRole('row', { name: 'Goal – ten wins' }).waitFor();
    check((await ask('settings')).now.game === 'Chess', 'the preview changed the file');
    await page.screenshot({ path: `${pictures}/import.png` });
    await button(preview, 'Take over').click();
    await until(async () => (await page.locator('#now-game').inputValue()) === 'Go', 'the form still shows the old game');
    const { now } = await ask('settings');
    check(now.game === 'Go' && now.goal === 'ten wins', `the file holds ${JSON.stringify(now)}`);
    await isTold('ten wins', 'frieda', 5);
    await open(page, 'dashboard');
  },
  async silences_the_avatar(page) {
    const before = (await heard()).length;
    await tiktok(says('greta', 'tell us a story, will you?'));
    await until(async () => (await heard()).length > before, 'the story was not begun');
    await button(page, 'Silence now').click();
    await page.getByText(SILENCED).waitFor();
    const silenced = (await heard()).length;
    await tiktok({ type: 'gift', user: 'rich', gift: 'Galaxy' }, says('hugo', 'hello, are you there?'));
    await page.waitForTimeout(SILENCE_MS);
    check((await heard()).length === silenced, `after panic it was told ${(await heard()).slice(silenced).join(' | ')}`);
    await page.screenshot({ path: `${pictures}/silenced.png` });
    await button(page, 'Release').click();
    await button(page, 'Silence now').waitFor();
    await page.waitForTimeout(SILENCE_MS / 2);
    check((await heard()).length === silenced, 'what was withdrawn was said after the release');
    await tiktok(says('ida', question(7)));
    await until(async () => (await heard()).includes(answer(7)), 'it has lost its voice');
  },
  async is_live_again_after_it_was_killed(page) {
    await state(page, /Stopped/);
    await button(page, 'Start').click();
    await isLive(page);
    await tiktok(says('jan', question(8)));
    await until(async () => (await heard()).includes(answer(8)), 'it does not speak any more');
    await shows(page, [
      [kind(page, 'comment'), 1],
      [figure(page, 'Spoken'), 1],
    ]);
  },
};

/** What the browser itself writes to the console at these steps. */
export const expectedOnWires = { refuses_a_wrong_value_at_its_field: /status of 400/ };
