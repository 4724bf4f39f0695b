import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { lastHour } from '../src/Chart.jsx';
import { placeAt, shifted } from '../src/useDrag.js';
import { LIVE, open } from './page.jsx';

const HOSTILE = '<img src=x onerror="window.hacked=1">';
const LINES = ['one', 'two', 'three'].map((text, place) => ({ id: place + 1, kind: 'answer', text, age: 3, ttl: 60 }));

let posts;
/** path -> what a request there is answered with: a status code and what it says, or only what it says. */
let answers;

beforeEach(() => {
  [posts, answers] = [[], { 'api/outbox': { lines: LINES } }];
  localStorage.clear();
  vi.stubGlobal('fetch', async (path, { method, body }) => {
    if (method === 'POST') posts.push([path, JSON.parse(body)]);
    const answer = (await answers[path]) ?? [404, { error: 'There is nothing at this address.' }];
    const [status, content] = Array.isArray(answer) ? answer : [200, answer];
    return new Response(JSON.stringify(content), { status });
  });
});
afterEach(cleanup);

const region = (name) => within(screen.getByRole('region', { name }));
const queue = () => region('Waiting to be said');
const click = (element) => act(async () => fireEvent.click(element));
const type = (label, text) => fireEvent.change(screen.getByLabelText(label), { target: { value: text } });

test('a server that knows less than this page leaves quiet gaps and no complaint', async () => {
  delete answers['api/outbox'];
  await open('dashboard');
  await waitFor(() => expect(screen.getByText('No gifts yet today.')).toBeTruthy());
  expect(screen.getByText('Nobody has shown themselves yet.')).toBeTruthy();
  expect(screen.getByText('Nothing waits.')).toBeTruthy();
  expect(screen.queryByRole('region', { name: 'Persona' })).toBeNull();
  expect(screen.queryByText('First time here?')).toBeNull();
  expect(document.querySelector('.toast')).toBeNull();
});

test('what waits is ordered by buttons that name their line, and shown as the server then has it', async () => {
  await open('dashboard');
  await queue().findByText('one');
  answers['api/outbox'] = answers['api/outbox/1/move'] = { lines: [LINES[1], LINES[0], LINES[2]] };
  await click(queue().getByRole('button', { name: 'Later: one' }));
  expect(posts).toEqual([['api/outbox/1/move', { position: 1 }]]);
  expect(queue().getByText('Now at place 2 of 3.')).toBeTruthy();
  expect(queue().getAllByRole('listitem').map((row) => row.querySelector('bdi').textContent)).toEqual(['two', 'one', 'three']);
  answers['api/outbox'] = answers['api/outbox/3/now'] = { lines: [LINES[2]] };
  await click(queue().getByRole('button', { name: 'Say next: three' }));
  expect(queue().getAllByRole('listitem')).toHaveLength(1);
  answers['api/outbox'] = answers['api/outbox/3/drop'] = { lines: [] };
  await click(queue().getByRole('button', { name: 'Drop: three' }));
  expect(queue().getByText('Nothing waits.')).toBeTruthy();
});

test('the first cannot go earlier nor the last later', async () => {
  await open('dashboard');
  await queue().findByText('one');
  await click(queue().getByRole('button', { name: 'Earlier: one' }));
  await click(queue().getByRole('button', { name: 'Later: three' }));
  expect(posts).toEqual([]);
});

test('a line that was said meanwhile is told and the list is read again', async () => {
  await open('dashboard');
  await queue().findByText('one');
  answers['api/outbox/1/drop'] = [404, { error: 'This line does not wait any more.' }];
  answers['api/outbox'] = { lines: LINES.slice(1) };
  await click(queue().getByRole('button', { name: 'Drop: one' }));
  await screen.findByText(/does not wait any more/);
  await waitFor(() => expect(queue().queryByText('one')).toBeNull(), { timeout: 3000 });
});

test('what was read before an order does not undo it', async () => {
  let finish;
  await open('dashboard');
  await queue().findByText('one');
  answers['api/outbox'] = new Promise((done) => (finish = done)); // the next reading hangs
  await act(() => new Promise((done) => setTimeout(done, 1200)));
  answers['api/outbox/1/drop'] = { lines: LINES.slice(1) };
  await click(queue().getByRole('button', { name: 'Drop: one' }));
  answers['api/outbox'] = { lines: LINES.slice(1) };
  await act(async () => finish({ lines: LINES }));
  expect(queue().queryByText('one')).toBeNull();
});

test('without a bot nothing waits', async () => {
  const tell = await open('dashboard');
  await queue().findByText('one');
  await tell('status', { ...LIVE, running: false, state: 'stopped' });
  expect(queue().getByText('Nothing waits.')).toBeTruthy();
});

test.each([
  [['a', 'b', 'c'], 'a', 2, ['b', 'c', 'a']],
  [['a', 'b', 'c'], 'c', 0, ['c', 'a', 'b']],
  [['a', 'b', 'c'], 'b', 1, ['a', 'b', 'c']],
])('%j with %s moved to %i is %j', (ids, id, place, result) => {
  expect(shifted(ids, id, place)).toEqual(result);
});

test('a pointer is at the place of as many rows as have their middle above it', () => {
  expect([0, 15, 25, 99].map((y) => placeAt([10, 20, 30], y))).toEqual([0, 1, 2, 3]);
});

test('a line is said once, and what the pal refuses stays in the field with the reason under it', async () => {
  await open('dashboard');
  type('Let the pal say', '  hello ');
  answers['api/say'] = [422, { error: 'The pal is silenced.', hint: 'Release the panic first.' }];
  await click(screen.getByRole('button', { name: 'Say it' }));
  const field = screen.getByLabelText('Let the pal say');
  expect(document.getElementById(field.getAttribute('aria-describedby')).textContent).toContain('Release the panic first.');
  expect([field.value, field.getAttribute('aria-invalid')]).toEqual(['  hello ', 'true']);
  answers['api/say'] = { id: 4 };
  await click(screen.getByRole('button', { name: 'Say it' }));
  expect(posts).toEqual(Array(2).fill(['api/say', { text: 'hello' }]));
  expect(screen.getByLabelText('Let the pal say').value).toBe('');
});

test('an empty line is not sent, and without a bot nobody could say it', async () => {
  const tell = await open('dashboard');
  type('Let the pal say', '   ');
  await click(screen.getByRole('button', { name: 'Say it' }));
  type('Let the pal say', 'hello');
  await tell('status', { ...LIVE, running: false });
  await click(screen.getByRole('button', { name: 'Say it' }));
  await act(async () => fireEvent.submit(screen.getByLabelText('Let the pal say').form)); // the key Enter
  expect(posts).toEqual([]);
});

test('an answer is shown as text, with who gave it, also without a bot', async () => {
  answers['api/ask'] = { answer: ['Yes.', HOSTILE], model: 'tiny', provider: 'openai', seconds: 0.84 };
  await open('dashboard', [], { ...LIVE, running: false, state: 'stopped' });
  type('Ask the pal, only for you', 'Really?');
  await click(screen.getByRole('button', { name: 'Ask' }));
  expect(posts).toEqual([['api/ask', { text: 'Really?' }]]);
  expect(screen.getByText(`Yes. ${HOSTILE}`)).toBeTruthy();
  expect(screen.getByText('tiny, 0.8 s. Not spoken.')).toBeTruthy();
  expect(document.querySelector('main img')).toBeNull();
});

test.each([[{}], [{ answer: 7 }], [null]])('an answer of another shape (%j) breaks nothing', async (answer) => {
  answers['api/ask'] = answer;
  await open('dashboard');
  type('Ask the pal, only for you', 'Really?');
  await click(screen.getByRole('button', { name: 'Ask' }));
  expect(screen.getByRole('heading', { name: /State: ?Live/ })).toBeTruthy();
});

test('gifts and viewers of another shape break nothing, and names are text', async () => {
  answers['api/gifts?limit=6'] = { gifts: [null, { at: 'x', nickname: HOSTILE, gift: { a: 1 }, count: 'many' }], today: 7 };
  answers['api/here'] = { viewers: [null, { username: 'a/b c', nickname: HOSTILE }], count: 'many' };
  await open('dashboard');
  const links = await screen.findAllByRole('link', { name: HOSTILE });
  expect(links.map((link) => link.getAttribute('href'))).toContain('#/viewers/a%2Fb%20c');
  expect(region('Who is here: 1').getByRole('listitem').textContent).toBe(HOSTILE);
  expect(document.querySelector('main img')).toBeNull();
});

test('the persona is changed at once and asked for again', async () => {
  const personas = [
    { name: 'sunny', title: 'Sunny', description: 'Warm.' },
    { name: 'salt', title: 'Captain', description: 'Salty.' },
  ];
  answers['api/persona'] = { current: 'sunny', personas };
  await open('dashboard');
  const choice = await screen.findByLabelText('Who the pal is');
  answers['api/persona'] = { current: 'salt', personas };
  await act(async () => fireEvent.change(choice, { target: { value: 'salt' } }));
  expect(posts).toEqual([['api/persona', { name: 'salt' }]]);
  expect(await screen.findByText('Salty.')).toBeTruthy();
});

test('a persona that cannot be used can be seen and not chosen', async () => {
  const personas = [{ name: 'sunny', title: 'Sunny' }, { name: 'odd', title: 'Odd', problem: 'line 3' }];
  answers['api/persona'] = { current: 'sunny', personas };
  await open('dashboard');
  expect((await screen.findByRole('option', { name: 'Odd' })).disabled).toBe(true);
});

test('the dashboard opens for a phone only when it is switched on, with a code that is a picture', async () => {
  answers['api/lan'] = { on: false, url: '', qr: '', problem: null };
  await open('dashboard');
  expect(screen.queryByRole('img', { name: /QR code/ })).toBeNull();
  const url = 'http://192.168.1.5:5000/?token=abc';
  answers['api/lan'] = { on: true, url, qr: '<svg onload="window.hacked=1"></svg>', problem: null };
  await click(await screen.findByRole('button', { name: 'Open it on my phone' }));
  expect(posts).toEqual([['api/lan', { on: true }]]);
  const code = await screen.findByRole('img', { name: /QR code/ });
  expect(decodeURIComponent(code.getAttribute('src'))).toMatch(/^data:image\/svg\+xml.*<svg/);
  expect(screen.getByRole('link', { name: url })).toBeTruthy();
  expect(document.querySelector('.code svg')).toBeNull();
});

test('whoever has not set anything up is led to the set-up', async () => {
  answers['api/setup'] = { done: false, step: 'language', steps: [] };
  await open('dashboard');
  const link = await screen.findByRole('link', { name: 'Set up PalFriend' });
  expect(link.getAttribute('href')).toBe('#/setup');
});

test('the last hour ends with the newest minute and has a place for each', () => {
  const hour = lastHour([{ at: 600, comments: 3, gifts: 0, viewers: 5 }, { at: 720, comments: 1, gifts: 2, viewers: null }]);
  expect(hour).toHaveLength(60);
  expect(hour.slice(-3)).toEqual([
    { at: 600, comments: 3, gifts: 0, viewers: 5 },
    { at: 660, comments: 0, gifts: 0, viewers: null },
    { at: 720, comments: 1, gifts: 2, viewers: null },
  ]);
  expect(lastHour([])).toHaveLength(60);
});

test('the chart says in words what it draws, and the minute under the pointer', async () => {
  const now = Math.floor(Date.now() / 60_000) * 60;
  answers['api/history'] = { minutes: [{ at: now - 60, comments: 4, gifts: 1, viewers: 9 }, { at: now, comments: 2, gifts: 0, viewers: 8 }] };
  await open('dashboard');
  const plot = await screen.findByRole('img', { name: 'In the last hour: comments 6, gifts 1; viewers 8.' });
  plot.parentElement.getBoundingClientRect = () => ({ left: 0, width: 600 }); // jsdom lays nothing out
  fireEvent.pointerMove(plot.parentElement, { clientX: 585 });
  expect(document.querySelector('.key.is-comments').textContent).toBe('Comments 4');
});

test('a streak is one gift in the chart, however many messages bring it', async () => {
  const now = Math.floor(Date.now() / 60_000) * 60;
  answers['api/history'] = { minutes: [{ at: now, comments: 0, gifts: 1, viewers: null }] };
  const rose = (count) => ({ kind: 'gift', nickname: 'Bob', username: 'bob', text: 'Rose', count, at: now, diamonds: 1 });
  await open('dashboard', [['events', [rose(1), rose(2), rose(3)]]]);
  await screen.findByRole('img', { name: 'In the last hour: comments 0, gifts 1; viewers 0.' });
  expect(document.querySelector('.key.is-gifts').textContent).toBe('Gifts 1');
});

test('what it costs is said with what it was counted from', async () => {
  const cost = { requests: 12, input_tokens: 34_000, output_tokens: 5600, estimated: true, money: 0.0123, cap_reached: true };
  await open('dashboard', [['status', { ...LIVE, cost }]]);
  const figure = screen.getByText('Cost so far').closest('.figure');
  expect(figure.textContent).toMatch(/≈ 0\.0123 Questions: 12, tokens: ≈ 39,600.*limit of this stream is reached/);
});

test('a caption is read out whole, and each word lights up when it is said', async () => {
  const words = [{ word: 'Hello', start: 0, end: 0.3 }, { word: HOSTILE, start: 0.4, end: 1 }];
  await open('dashboard', [['caption', { text: `Hello ${HOSTILE}`, words, kind: 'answer', seconds: 1, at: 1 }]]);
  const spans = [...document.querySelectorAll('.now .word')];
  expect(spans.map((span) => [span.textContent, span.style.animationDelay])).toEqual([
    ['Hello ', '0s'],
    [HOSTILE, '0.4s'],
  ]);
});

test('the mark on the meter is where a voice begins to count, and hearing is said', async () => {
  const tell = await open('dashboard', [['status', { ...LIVE, microphone: { bar_dbfs: -30 } }]]);
  expect(screen.queryByText('hearing you').hidden).toBe(true);
  await tell('level', { rms_dbfs: -15, peak_dbfs: -6, talking: true });
  expect(screen.getByText('hearing you').hidden).toBe(false);
  expect(document.querySelector('.meter b').style.left).toBe('50%');
});
