import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { LIVE, open } from './page.jsx';

let posts;
let refusal;

beforeEach(() => {
  posts = [];
  refusal = null;
  localStorage.clear();
  vi.stubGlobal('fetch', async (path, { method, body }) => {
    if (method === 'POST') posts.push([path, JSON.parse(body)]);
    if (refusal && method === 'POST') return new Response(JSON.stringify(refusal), { status: 400 });
    return new Response(JSON.stringify({}));
  });
});
afterEach(cleanup);

const page = (...news) => open('dashboard', news);

test('what a viewer writes is text, whatever it looks like', async () => {
  const hostile = '<img src=x onerror="window.hacked=1">';
  await page(
    ['events', [{ kind: 'comment', nickname: hostile, text: hostile, at: 1 }]],
    ['caption', { text: hostile, kind: hostile, seconds: 1, at: 1 }],
  );
  expect(screen.getAllByText(hostile).length).toBeGreaterThanOrEqual(3);
  expect(document.querySelector('main img')).toBeNull();
});

test.each([
  ['a moment far outside the calendar', ['events', [{ kind: 'gift', at: 1e300, count: 1e300, text: 'x' }]]],
  [
    'a link of another shape',
    ['status', { ...LIVE, links: { tiktok: 7, memory: { state: 'error', text: { a: 1 }, params: 3, code: ['x'] } } }],
  ],
  [
    'counters of another shape',
    ['status', { ...LIVE, counters: { events: { comment: 'x', odd: {} }, skipped: { a: null } } }],
  ],
  ['a latency of another shape', ['status', { ...LIVE, latency: { gift_to_speech: { p50: 'x' } } }]],
  ['a caption of another shape', ['caption', { text: null, seconds: 'x', at: 'y' }]],
])('the page survives %s', async (_case, message) => {
  await page(message);
  expect(screen.getByRole('heading', { name: /State: ?Live/ })).toBeTruthy();
});

test('a reason is shown in the words of the link when the page has none of its own', async () => {
  const links = { animaze: { state: 'error', code: 'no_such_code', params: {}, text: 'Animaze is not there' } };
  await page(['status', { ...LIVE, links }]);
  expect(screen.getAllByText('Animaze is not there')).toHaveLength(2);
});

test('the demo calls itself a demo and its lamps simulated', async () => {
  await page(['status', { ...LIVE, demo: true }]);
  expect(screen.getByRole('note').textContent).toMatch(/DEMO.*no TikTok, no GPT/);
  expect(screen.getByText('simulated')).toBeTruthy();
  expect(screen.queryByText('connected')).toBeNull();
  expect(screen.getByRole('heading', { name: /State: ?Demo/ })).toBeTruthy();
});

test('Stop is sent once and a refusal is said', async () => {
  refusal = { error: 'still stopping' };
  await page();
  screen.getByRole('button', { name: 'Stop' }).focus();
  fireEvent.click(document.activeElement);
  fireEvent.click(screen.getByRole('button', { name: 'Stopping …' }));
  expect(document.activeElement.textContent).toBe('Stopping …');
  await screen.findByText(/still stopping/);
  expect(posts).toEqual([['api/stop', {}]]);
});

test('a lost connection is said and the buttons that could not work are off', async () => {
  const tell = await page();
  await tell('connection', 'lost');
  expect(screen.getByText(/Connection to PalFriend lost/)).toBeTruthy();
  expect(screen.getAllByText('unknown')).toHaveLength(4);
  fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
  expect(screen.getByRole('button', { name: 'Stop' }).getAttribute('aria-disabled')).toBe('true');
  expect(posts).toEqual([]);
});

test('a choice of language and appearance is remembered', async () => {
  await page();
  fireEvent.change(screen.getByLabelText('Language'), { target: { value: 'de' } });
  fireEvent.change(await screen.findByLabelText('Darstellung'), { target: { value: 'dark' } });
  expect([document.documentElement.lang, document.documentElement.dataset.theme]).toEqual(['de', 'dark']);
  expect(localStorage.getItem('palfriend.language')).toBe('de');
  cleanup();
  await page();
  expect(screen.getByLabelText('Appearance').value).toBe('dark');
});

test('a live in which the pal cannot speak says so beside the big word', async () => {
  const animaze = { state: 'error', code: 'no_such_code', text: 'Animaze is not there' };
  const links = { tiktok: { state: 'up' }, animaze };
  await page(['status', { ...LIVE, links, error: 'Animaze is not there' }]);
  const { parentElement } = screen.getByRole('heading', { name: /State: ?Live/ });
  expect(parentElement.textContent).toMatch(/Live.*Animaze is not there/);
});

test('an error of the bot itself is shown in its own words, with what to do', async () => {
  await page(['status', { ...LIVE, running: false, state: 'error', error: 'ValueError: boom' }]);
  const { parentElement } = screen.getByRole('heading', { name: /State: ?Error/ });
  expect(parentElement.textContent).toMatch(/ValueError: boom.*press Start again/);
});

test('the button turns with the answer, before the push arrives', async () => {
  await page();
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ ...LIVE, running: false, state: 'stopped' })));
  fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
  expect(await screen.findByRole('button', { name: 'Start' })).toBeTruthy();
});

test.each([
  ['live', 'paused', 'tiktok_paused', 'Paused', /Go on with the live/],
  ['waiting', 'ended', 'tiktok_ended', 'The live is over', /Press Stop if you are done/],
  ['waiting', 'offline', 'tiktok_rate_limited', 'Waiting for your live', /Wait until 21:30/],
  ['live', 'live', '', 'Live', /reading your chat/],
])('while %s and %s the page says so, and what to do', async (state, moment, code, word, remedy) => {
  const params = { name: 'anna', until: '21:30' };
  await page(['status', { ...LIVE, state, live: { state: moment, code, params, remedy: '' } }]);
  expect(screen.getByRole('heading', { level: 2, name: new RegExp(`${word}$`) })).toBeTruthy();
  expect(document.querySelector('.state').textContent).toMatch(remedy);
});
