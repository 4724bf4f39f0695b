import { expect, test, vi } from 'vitest';

import { problem, read, RequestError, send } from '../src/api.js';
import { loadLanguage, loadTexts } from '../src/i18n.js';
import { speak } from '../src/language.js';

const answering = (body, status) => vi.stubGlobal('fetch', vi.fn(async () => new Response(body, { status })));

test('a writing request carries the header that a foreign form cannot send', async () => {
  answering(null, 204);
  expect(await send('api/start')).toBeNull();
  const [path, options] = fetch.mock.calls[0];
  expect(path).toBe('api/start');
  expect(options).toMatchObject({ method: 'POST', body: '{}', headers: { 'X-PalFriend': '1' } });
});

test('a refusal brings its sentence and its fields', async () => {
  answering(JSON.stringify({ error: 'no', fields: { 'animaze.port': 'too big' } }), 400);
  const error = await send('api/settings', {}).catch((reason) => reason);
  expect(error).toBeInstanceOf(RequestError);
  expect([error.message, error.status, error.fields]).toEqual(['no', 400, { 'animaze.port': 'too big' }]);
  expect(problem(error)).toEqual({ key: 'ui.problem.refused', params: { text: 'no' } });
});

test.each([['<html>'], ['null'], ['7'], ['{"error": {"a": 1}, "fields": null}']])(
  'an error page of another shape (%s) is still one sentence',
  async (body) => {
    answering(body, 500);
    const error = await read('api/status').catch((reason) => reason);
    expect([typeof error.message, error.status, error.fields]).toEqual(['string', 500, {}]);
  },
);

test('a server that is gone is told apart from one that refuses', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  const error = await read('api/status').catch((reason) => reason);
  expect(error.status).toBe(0);
  expect(problem(error)).toEqual({ key: 'ui.problem.no_answer' });
});

test('each request asks for sentences in the language of the page, from the change on', async () => {
  answering('{}', 200);
  const asked = () => fetch.mock.calls.at(-1)[1].headers;
  speak('en');
  await read('api/status');
  expect(asked()).toEqual({ 'Accept-Language': 'en' });
  await loadLanguage('de');
  await read('api/status');
  expect(asked()).toEqual({ 'Accept-Language': 'de' });
  await send('api/start');
  expect(asked()).toMatchObject({ 'Accept-Language': 'de', 'X-PalFriend': '1', 'Content-Type': 'application/json' });
  await Promise.all([loadTexts(['lists']), loadLanguage('en')]);
  await read('api/status');
  expect(asked()).toEqual({ 'Accept-Language': 'en' });
});
