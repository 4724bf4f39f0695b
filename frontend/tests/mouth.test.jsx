import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { LIVE, open } from './page.jsx';

const BANNER = 'SILENCED – the pal says nothing until you release it';
const HOSTILE = '<img src=x onerror="window.hacked=1">';
const ENTRY = { id: 1, at: 5, action: 'refuse', rule: 'link', reason: 'own words', text: 'see evil.example', said: '' };

let posts;
let reads;
/** path -> what a request there is answered with; a number is the status of a failure. */
let answers;

beforeEach(() => {
  [posts, reads, answers] = [[], [], {}];
  localStorage.clear();
  // jsdom draws no dialogs
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
    this.dispatchEvent(new Event('close'));
  };
  vi.stubGlobal('fetch', async (path, { method, body }) => {
    if (method === 'POST') posts.push([path, JSON.parse(body)]);
    else reads.push(path);
    const answer = answers[path] ?? {};
    if (typeof answer === 'number') return new Response(JSON.stringify({ error: 'not that' }), { status: answer });
    return new Response(JSON.stringify(answer));
  });
});
afterEach(cleanup);

const page = (...news) => open('dashboard', news);

const button = (name) => screen.getByRole('button', { name });
const click = (name) => act(async () => fireEvent.click(button(name)));
const audit = () => within(screen.getByRole('region', { name: 'What was not said' }));

test('the panic button comes first on the page and silences', async () => {
  answers['api/panic'] = { ...LIVE, silenced: 'panic' };
  await page();
  expect(document.querySelector('button, select, input, a')).toBe(button('Silence now'));
  button('Silence now').focus();
  await click('Silence now');
  expect(posts).toEqual([['api/panic', { on: true }]]);
  expect(document.activeElement).toBe(screen.getByText(BANNER));
  expect(screen.queryByRole('button', { name: 'Silence now' })).toBeNull();
});

test('nothing claims to be silenced before the server says so', async () => {
  answers['api/panic'] = LIVE;
  const tell = await page();
  await click('Silence now');
  expect(screen.queryByText(BANNER)).toBeNull();
  await tell('status', { ...LIVE, silenced: 'panic' });
  expect(screen.getByText(BANNER)).toBeTruthy();
});

test('the panic button works while another request hangs, with the connection lost, and however often', async () => {
  const tell = await page();
  await tell('connection', 'lost');
  vi.stubGlobal('fetch', (path) => {
    posts.push(path);
    return new Promise(() => {});
  });
  await click('Silence now');
  await click('Silence now');
  expect(posts).toEqual(['api/panic', 'api/panic']);
});

test('a panic that did not arrive is said aloud', async () => {
  await page();
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await click('Silence now');
  expect(screen.getByText(/PalFriend does not answer/)).toBeTruthy();
});

test('Escape twice silences and never releases', async () => {
  const escape = () => act(async () => fireEvent.keyDown(document.body, { key: 'Escape' }));
  answers['api/panic'] = { ...LIVE, silenced: 'panic' };
  await page();
  for (let i = 0; i < 4; i += 1) await escape();
  expect(posts).toEqual([
    ['api/panic', { on: true }],
    ['api/panic', { on: true }],
  ]);
});

test('Release is asked for once', async () => {
  await page(['status', { ...LIVE, silenced: 'panic' }]);
  fireEvent.click(button('Release'));
  fireEvent.click(button('Release'));
  await act(async () => {});
  expect(posts).toEqual([['api/panic', { on: false }]]);
});

test.each([
  [null, 'Mute', true],
  ['mute', 'Unmute', false],
])('while silenced by %j the toggle reads %s', async (silenced, name, on) => {
  await page(['status', { ...LIVE, silenced }]);
  expect(screen.queryByText(BANNER)).toBeNull();
  await click(name);
  expect(posts).toEqual([['api/mute', { on }]]);
});

test('Skip asks to skip; in a panic neither it nor Mute can be pressed, nor with the pal stopped', async () => {
  const tell = await page();
  await click('Skip this sentence');
  expect(posts).toEqual([['api/skip', {}]]);
  for (const status of [{ ...LIVE, silenced: 'panic' }, { ...LIVE, running: false }]) {
    await tell('status', status);
    await click('Mute');
    await click('Skip this sentence');
  }
  expect(posts).toHaveLength(1);
});

test('a red flag is an alert, its words are text, and it stays until it is dismissed', async () => {
  const flag = { at: 1, kind: 'self_harm', username: 'anna', nickname: HOSTILE, text: HOSTILE };
  await page(['alert', flag], ['alert', { ...flag, kind: 'unheard_of', text: 'the second' }]);
  const [first, second] = document.querySelectorAll('[role=alert][aria-live=assertive] .alert');
  expect(first.textContent).toContain('it hints at self-harm');
  expect(within(first).getAllByText(HOSTILE)).toHaveLength(2);
  expect(second.textContent).toContain('a message that needs you');
  expect(document.querySelectorAll('img')).toHaveLength(1);
  await act(async () => fireEvent.click(within(first).getByRole('button')));
  expect(document.querySelectorAll('.alert')).toHaveLength(1);
  expect(screen.getByText('the second')).toBeTruthy();
});

test('what was not said is listed with the rule in words, or else in those of the server', async () => {
  const entries = [ENTRY, { ...ENTRY, id: 2, rule: 'unheard_of', action: 'rewrite', text: HOSTILE, said: 'a friend' }];
  answers['api/audit?limit=200'] = { entries };
  const tell = await open('events');
  expect(audit().getByText('Contained a link')).toBeTruthy();
  expect(audit().getByText('see evil.example')).toBeTruthy();
  const second = audit().getByText('own words').closest('li');
  expect(second.textContent).toContain('Said instead: a friend');
  expect(within(second).getByText(HOSTILE)).toBeTruthy();
  await tell('audit', { ...ENTRY, id: 3, action: 'red_flag', text: 'just now' });
  expect(audit().getAllByRole('listitem')[0].textContent).toContain('Red flag');
  expect(audit().getByRole('link').getAttribute('href')).toBe('api/audit/export');
});

test('the list is read again on demand', async () => {
  await open('events');
  expect(audit().getByText(/^Nothing was held back/)).toBeTruthy();
  answers['api/audit?limit=200'] = { entries: [ENTRY] };
  await click('Refresh');
  expect(audit().getByText('see evil.example')).toBeTruthy();
});

test.each([
  ['Allow a word …', 'Allow', 'api/audit/allow'],
  ['Never again …', 'Never again', 'api/audit/block'],
])('%s begins with the marked word and sends it', async (opener, yes, path) => {
  answers['api/audit?limit=200'] = { entries: [ENTRY] };
  await open('events');
  const words = audit().getByText('see evil.example').firstChild;
  window.getSelection().setBaseAndExtent(words, 4, words, 16);
  // where a press on a button takes the mark away, nothing would be left to begin with
  expect(fireEvent.mouseDown(button(opener))).toBe(false);
  await click(opener);
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.getByLabelText('Word or phrase').value).toBe('evil.example');
  reads.length = 0;
  await act(async () => fireEvent.click(dialog.getByRole('button', { name: yes })));
  expect(posts).toEqual([[path, { word: 'evil.example' }]]);
  expect(reads).toEqual(['api/audit?limit=200']);
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('a mark elsewhere on the page is not meant, and an empty word is not sent', async () => {
  answers['api/audit?limit=200'] = { entries: [ENTRY] };
  await open('events', []);
  window.getSelection().selectAllChildren(screen.getByText('Everything that happened'));
  await click('Allow a word …');
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.getByLabelText('Word or phrase').value).toBe('');
  fireEvent.change(dialog.getByLabelText('Word or phrase'), { target: { value: '   ' } });
  await act(async () => fireEvent.submit(dialog.getByLabelText('Word or phrase').form));
  expect(posts).toEqual([]);
});

test('a refused word is explained in the dialog, which stays open', async () => {
  answers['api/audit/block'] = 400;
  await open('events');
  await click('Never again …');
  const dialog = within(screen.getByRole('dialog'));
  fireEvent.change(dialog.getByLabelText('Word or phrase'), { target: { value: ' x ' } });
  await act(async () => fireEvent.click(dialog.getByRole('button', { name: 'Never again' })));
  expect(posts).toEqual([['api/audit/block', { word: 'x' }]]);
  expect(dialog.getByRole('alert').textContent).toContain('not that');
  await act(async () => fireEvent.click(dialog.getByRole('button', { name: 'Cancel' })));
  expect(screen.queryByRole('dialog')).toBeNull();
  await click('Allow a word …');
  expect(within(screen.getByRole('dialog')).getByLabelText('Word or phrase').value).toBe('');
});
