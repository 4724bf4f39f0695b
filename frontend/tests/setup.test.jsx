import { act, cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { open } from './page.jsx';

const IDS = ['language', 'tiktok', 'animaze', 'model', 'microphone', 'persona', 'rehearsal'];
const state = (step, done = []) => ({
  ...{ done: step === '', step },
  steps: IDS.map((id) => ({ id, state: done.includes(id) ? 'done' : 'todo', result: {} })),
});
const said = (ok, code, text, result = {}) => ({ step: 'x', state: ok ? 'done' : 'todo', ok, code, params: {}, text, result });

let posts;
let answers;

beforeEach(() => {
  [posts, answers] = [[], {}];
  localStorage.clear();
  vi.stubGlobal('fetch', async (path, { method, body }) => {
    const key = method === 'POST' ? `POST ${path}` : path;
    if (method === 'POST') posts.push([path, JSON.parse(body)]);
    const answer = Array.isArray(answers[key]) && answers[key].length > 1 ? answers[key].shift() : (answers[key]?.[0] ?? answers[key] ?? {});
    if (typeof answer === 'number') return new Response('{}', { status: answer });
    return new Response(JSON.stringify(answer), { status: answer.error ? 400 : 200 });
  });
});
afterEach(cleanup);

const click = (name) => act(async () => fireEvent.click(screen.getByRole('button', { name })));

test('the set-up begins with the language, and the page follows it', async () => {
  answers['api/setup'] = state('language');
  answers['POST api/setup/language'] = said(true, 'language_set', 'Gut.');
  await open('setup');
  await screen.findByText('Welcome to PalFriend');
  await click('Deutsch');
  expect(posts).toEqual([['api/setup/language', { language: 'de' }]]);
  await screen.findByText('Willkommen bei PalFriend');
});

test('a name that TikTok does not know may be used anyway, the second time', async () => {
  answers['api/setup'] = state('tiktok', ['language']);
  answers['POST api/setup/tiktok'] = said(false, 'tiktok_unknown_name', 'TikTok does not know @x.');
  await open('setup');
  fireEvent.change(await screen.findByLabelText('TikTok name'), { target: { value: 'x' } });
  await click('Try it');
  expect(screen.getByText(/TikTok (does not know|knows)|nobody/i)).toBeTruthy();
  await click('Try it');
  expect(posts.map(([, body]) => body)).toEqual([{ unique_id: 'x', anyway: false }, { unique_id: 'x', anyway: true }]);
});

test('Animaze is looked for again and again by itself, until it is found', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  answers['api/setup'] = state('animaze', ['language', 'tiktok']);
  const missing = said(false, 'animaze_missing', 'Animaze does not answer yet.');
  answers['POST api/setup/animaze'] = [missing, missing, said(true, 'animaze_found', 'words of the server')];
  await open('setup');
  for (let turn = 0; turn < 6; turn += 1) await act(async () => vi.advanceTimersByTimeAsync(3100));
  expect(screen.getByText(/^Found Animaze/)).toBeTruthy();
  expect(posts.filter(([path]) => path === 'api/setup/animaze')).toHaveLength(3);
  expect(screen.getByRole('button', { name: 'Let it say hello' })).toBeTruthy();
  vi.useRealTimers();
});

test('a model on this computer is offered, and no model is a choice, too', async () => {
  answers['api/setup'] = state('model', ['language', 'tiktok', 'animaze']);
  const local = [{ name: 'Ollama', base_url: 'http://127.0.0.1:11434/v1', models: ['llama'] }];
  answers['POST api/setup/model'] = said(false, 'model_local', 'Found on this computer: Ollama.', { local });
  await open('setup');
  await screen.findByText('Ollama: llama');
  await click('Try it');
  expect(posts.at(-1)).toEqual(['api/setup/model', { kind: 'local', base_url: local[0].base_url, model: 'llama' }]);
  fireEvent.click(screen.getByLabelText('No model'));
  await click('Try it');
  expect(posts.at(-1)[1]).toEqual({ kind: 'templates' });
});

test('the microphone is tried in two phases by itself', async () => {
  answers['api/setup'] = state('microphone');
  answers['api/devices'] = [[{ name: 'Desk mic', default: true }]];
  answers['POST api/setup/microphone'] = [said(false, 'microphone_heard', ''), said(true, 'no_such_code', 'Perfect.')];
  await open('setup');
  await screen.findByText('Desk mic');
  await click('Try it');
  await screen.findByText('Perfect.');
  expect(posts.map(([, body]) => body.phase)).toEqual(['speak', 'quiet']);
});

test('a step can be skipped, and the last one leads to Start', async () => {
  answers['api/setup'] = state('rehearsal');
  answers['POST api/setup/rehearsal/skip'] = said(true, 'skipped', 'Skipped.');
  await open('setup', [], { running: false, state: 'stopped' });
  await screen.findByText('A rehearsal');
  await click('Skip');
  expect(await screen.findByText('All set')).toBeTruthy();
  answers['POST api/start'] = { running: true, state: 'starting' };
  await click('Start PalFriend');
  await waitFor(() => expect(window.location.hash).toBe('#/dashboard'));
});

test('the doctor says what is wrong first, with what to do', async () => {
  const checks = [
    { id: 'python', light: 'green', code: 'x', params: {}, cause: 'Python fits.', remedy: 'Nothing to do.', details: {} },
    { id: 'animaze', light: 'red', code: 'y', params: {}, cause: 'Animaze is not there.', remedy: 'Start it.', details: {} },
  ];
  answers['POST api/doctor'] = { job: '1', kind: 'doctor', state: 'running', progress: 0, at: 1 };
  answers['api/jobs/1'] = { ...answers['POST api/doctor'], state: 'done', result: { light: 'red', seconds: 2, checks } };
  await open('rehearsal');
  await click('Look at everything');
  await screen.findByText('Animaze is not there.');
  const rows = [...document.querySelectorAll('.checks li')].map((row) => row.textContent);
  expect(rows[0]).toMatch(/Animaze.*FAULT.*Start it/);
  expect(rows[1]).not.toMatch(/Nothing to do/);
});
