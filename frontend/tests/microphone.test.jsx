import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { QUIET, readLevel } from '../src/store.js';

import { LIVE, open } from './page.jsx';


let posts;

beforeEach(() => {
  posts = [];
  localStorage.clear();
  vi.stubGlobal('fetch', async (path, { method, body }) => {
    if (method === 'POST') posts.push([path, JSON.parse(body)]);
    const talking = method === 'POST' && JSON.parse(body).on;
    return new Response(JSON.stringify(method === 'POST' ? { ...LIVE, talking } : {}));
  });
});
afterEach(cleanup);

const page = (...news) => open('dashboard', news);

const button = (name) => screen.getByRole('button', { name });
const click = (name) => act(async () => fireEvent.click(button(name)));
const meter = () => screen.getByRole('meter');

test('the streamer takes the floor and gives it back', async () => {
  await page(['status', LIVE]);
  await click("I'm talking");
  await click("I'm done talking");
  expect(posts).toEqual([
    ['api/talking', { on: true }],
    ['api/talking', { on: false }],
  ]);
  expect(button("I'm talking")).toBeTruthy();
});

test('without a bot there is no floor to take', async () => {
  await page(['status', { ...LIVE, running: false, state: 'stopped' }]);
  await click("I'm talking");
  expect(posts).toEqual([]);
});

test('the meter shows loudness and peak in decibels until the bot stops', async () => {
  const tell = await page(['status', LIVE], ['level', { rms_dbfs: -30, peak_dbfs: -12, talking: true }]);
  expect(meter().getAttribute('aria-valuenow')).toBe('50');
  expect(meter().getAttribute('aria-valuetext')).toBe('-30 dBFS, peak -12 dBFS');
  expect(meter().className).toContain('is-talking');
  await tell('status', { ...LIVE, running: false });
  expect(meter().getAttribute('aria-valuenow')).toBe('0');
});

test.each([[null], [7], [[]], [{}], [{ rms_dbfs: 'loud', peak_dbfs: NaN, talking: 'yes' }]])(
  'a level of the wrong shape (%j) is silence',
  (raw) => {
    expect(readLevel(raw)).toEqual(QUIET);
  },
);

test('the room, the streamer and the pal are measured one at a time, and the page says what to do', async () => {
  let finish;
  vi.stubGlobal('fetch', (path, { method, body }) => {
    if (method !== 'POST') return Promise.resolve(new Response('{}'));
    posts.push([path, JSON.parse(body)]);
    return new Promise((resolve) => {
      finish = () => resolve(new Response(JSON.stringify({ kind: 'speak', verdict: 'too_quiet', text: 'x' })));
    });
  });
  await page(['status', LIVE]);
  await click('My voice');
  expect(screen.getByText('Say one sentence now …')).toBeTruthy();
  await click('The room');
  expect(posts).toEqual([['api/microphone/calibrate', { kind: 'speak' }]]);
  await act(async () => finish());
  expect(screen.getByText(/you are very quiet/)).toBeTruthy();
});

test('a measurement that is refused is told', async () => {
  vi.stubGlobal('fetch', async (path, { method }) =>
    method === 'POST' ? new Response('{"error": "Another measurement is under way."}', { status: 409 }) : new Response('{}'),
  );
  await page(['status', LIVE]);
  await click("The pal's voice");
  expect(screen.getByText(/Another measurement is under way/)).toBeTruthy();
});
