import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { LIVE, open } from './page.jsx';

const field = (path, type, value, more = {}) => ({
  ...{ path, name: path.split('.').at(-1), type, default: value, choices: [], unit: '', min: null, max: null, step: null },
  ...{ above: false, help: '', secret: false, restart: false, advanced: false, multiline: false, ...more },
});
const SCHEMA = [
  { name: 'tiktok', help: '', fields: [field('tiktok.unique_id', 'str', '', { restart: true })] },
  {
    name: 'openai',
    help: '',
    fields: [field('openai.api_key', 'str', '', { secret: true }), field('openai.model', 'str', 'gpt-4o-mini')],
  },
  {
    name: 'comment',
    help: '',
    fields: [
      field('comment.enabled', 'bool', true),
      field('comment.reply_threshold', 'float', 0.6, { min: 0, max: 1, step: 0.05, unit: 'share' }),
      field('comment.per_user_cooldown', 'float', 15, { advanced: true, min: 0, max: 3600, step: 1 }),
    ],
  },
  { name: 'animaze', help: '', fields: [field('animaze.port', 'int', 9000, { min: 1, max: 65_535, step: 1 })] },
  { name: 'microphone', help: '', fields: [field('microphone.device', 'str', '')] },
];
const SETTINGS = {
  tiktok: { unique_id: 'anna' },
  openai: { api_key: { set: true, source: 'keychain' }, model: 'gpt-4o-mini' },
  comment: { enabled: true, reply_threshold: 0.6, per_user_cooldown: 15 },
  animaze: { port: 9000 },
  microphone: { device: '' },
};
const FOUND = {
  ...{ changes: [{ path: 'animaze.port', before: 9000, after: 8008 }], ignored: ['what.ever'], problems: [] },
  migrated_from: '',
};

let posts;
let answers;

beforeEach(() => {
  posts = [];
  answers = {
    'api/schema': SCHEMA,
    'api/settings': SETTINGS,
    'api/devices': [{ name: 'Desk mic', default: true }],
    'api/settings/presets': { presets: [{ name: 'chill', values: {} }], profiles: [{ name: 'mine', at: 1 }] },
    'api/persona': 404,
  };
  localStorage.clear();
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
  };
  vi.stubGlobal('fetch', async (path, { method, body }) => {
    if (method === 'POST') posts.push([path, JSON.parse(body)]);
    const answer = answers[method === 'POST' ? `POST ${path}` : path] ?? answers[path] ?? {};
    if (typeof answer === 'number') return new Response('{}', { status: answer });
    return new Response(JSON.stringify(answer), { status: answer.error ? 400 : 200 });
  });
});
afterEach(cleanup);

async function settings() {
  const tell = await open('settings');
  await screen.findByLabelText('TikTok name');
  return tell;
}

const input = (path) => document.getElementById(path.replace('.', '-'));
const type = (path, value) => act(async () => fireEvent.change(input(path), { target: { value } }));
const click = (name) => act(async () => fireEvent.click(screen.getByRole('button', { name })));

test('the key is never in the page, and only what was changed is saved', async () => {
  await settings();
  const key = input('openai.api_key');
  expect([key.type, key.value, key.placeholder]).toEqual(['password', '', 'set – leave empty to keep it']);
  expect(screen.getByText(/keychain/)).toBeTruthy();
  await type('animaze.port', '9001');
  await click('Save');
  await screen.findByText(/^Saved/);
  expect(posts).toEqual([['api/settings', { animaze: { port: 9001 } }]]);
});

test('a key can be removed, which is sent as such', async () => {
  await settings();
  await click('Remove');
  await click('Save');
  expect(posts).toEqual([['api/settings', { openai: { api_key: { clear: true } } }]]);
});

test('a refused value is explained under its field, which gets the focus and keeps what was typed', async () => {
  answers['POST api/settings'] = { error: 'no', fields: { 'animaze.port': 'must be at most 65535' } };
  await settings();
  const port = input('animaze.port');
  await type('animaze.port', '99999');
  await click('Save');
  const why = await screen.findByText('Must be a whole number from 1 to 65535.');
  expect(port.getAttribute('aria-describedby')).toBe(why.id);
  expect([port.value, port.getAttribute('aria-invalid')]).toEqual(['99999', 'true']);
  await waitFor(() => expect(document.activeElement).toBe(port));
});

test('what the server said against a value goes with the language in which it said it', async () => {
  answers['POST api/settings'] = { error: 'no', fields: { 'openai.model': 'holds a key' } };
  await settings();
  await type('openai.model', 'x');
  await click('Save');
  expect(await screen.findByText('holds a key')).toBeTruthy();
  await act(async () => fireEvent.change(screen.getByLabelText('Language'), { target: { value: 'de' } }));
  await waitFor(() => expect(screen.queryByText('holds a key')).toBeNull());
  expect(input('openai.model').value).toBe('x');
});

test('what is typed while saving is kept for the next save', async () => {
  await settings();
  await type('animaze.port', '9001');
  fireEvent.click(screen.getByRole('button', { name: 'Save' }));
  await type('openai.model', 'other');
  await waitFor(() => expect(input('animaze.port').value).toBe('9000')); // what the server says it has
  expect(input('openai.model').value).toBe('other');
});

test('few fields at first, all with the switch, and a search finds hidden ones', async () => {
  await settings();
  expect(input('comment.per_user_cooldown')).toBeNull();
  fireEvent.click(screen.getByLabelText(/Show everything/));
  expect(input('comment.per_user_cooldown')).toBeTruthy();
  fireEvent.click(screen.getByLabelText(/Show everything/));
  await act(async () => fireEvent.change(screen.getByLabelText('Search settings'), { target: { value: 'per_user' } }));
  expect(input('comment.per_user_cooldown')).toBeTruthy();
  expect(input('tiktok.unique_id')).toBeNull();
});

test('a slider and its number are one value, and the way back to the default is one press', async () => {
  await settings();
  await type('comment.reply_threshold', '0,8');
  const slider = screen.getByRole('slider');
  expect(slider.value).toBe('0.8');
  await act(async () => fireEvent.change(slider, { target: { value: 0.85 } }));
  expect(input('comment.reply_threshold').value).toBe('0.85');
  fireEvent.click(screen.getByTitle('Back to the default: 0.6'));
  expect(input('comment.reply_threshold').value).toBe('0.6');
});

test('the microphone is chosen from those that are there', async () => {
  await settings();
  await waitFor(() => expect(input('microphone.device').tagName).toBe('SELECT'));
  expect([...input('microphone.device').options].map(({ value }) => value)).toEqual(['', 'Desk mic']);
});

test('a dropped file is shown before it is taken over', async () => {
  answers['api/settings/import'] = FOUND;
  await settings();
  const file = new File(['animaze: {port: 8008}'], 'old.yaml');
  file.text = async () => 'animaze: {port: 8008}'; // jsdom's files cannot be read
  await act(async () => fireEvent.drop(document.querySelector('.drop'), { dataTransfer: { files: [file] } }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByText('8008')).toBeTruthy();
  expect(dialog.getByText(/what\.ever/)).toBeTruthy();
  await act(async () => fireEvent.click(dialog.getByRole('button', { name: 'Take over' })));
  const text = 'animaze: {port: 8008}';
  expect(posts).toEqual([
    ['api/settings/import', { text, apply: false }],
    ['api/settings/import', { text, apply: true }],
  ]);
});

test('what has a wrong value in it cannot be taken over, and says why', async () => {
  answers['api/settings/preset'] = { ...FOUND, problems: [{ path: 'animaze.port', message: 'must be a number' }] };
  await settings();
  await click('Chill');
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByText('must be a number')).toBeTruthy();
  await act(async () => fireEvent.click(dialog.getByRole('button', { name: 'Take over' })));
  expect(posts).toEqual([['api/settings/preset', { name: 'chill', apply: false }]]);
});

test('something is tried where it is set', async () => {
  answers['api/test/microphone'] = { ok: true, code: 'no_such_code', params: {}, text: 'Your voice was heard.', heard: true, rms_dbfs: -20, peak_dbfs: -10 };
  await settings();
  await click('Try the microphone');
  expect(screen.getByText('Your voice was heard.')).toBeTruthy();
});

test('undo is offered only while there is something to take back', async () => {
  const tell = await settings();
  const undo = () => screen.getByRole('button', { name: 'Undo last change' });
  expect(undo().getAttribute('aria-disabled')).toBe('true');
  expect(undo().title).toBe('There is no change to take back.');
  answers['POST api/settings/undo'] = {};
  await tell('status', { ...LIVE, settings: { undo: true } });
  await click('Undo last change');
  expect(await screen.findByText('The last change was undone.')).toBeTruthy();
  await tell('status', { ...LIVE, settings: { undo: false } });
  expect(undo().getAttribute('aria-disabled')).toBe('true');
});
