import { act, cleanup, fireEvent, renderHook, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { href, parse, ROUTES } from '../src/routes.js';
import { LIVE, open } from './page.jsx';

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal('fetch', async () => new Response('{"error": "not there"}', { status: 404 }));
});
afterEach(cleanup);

test.each([
  ['', 'dashboard', []],
  ['#/', 'dashboard', []],
  ['#/events', 'events', []],
  ['#/viewers/a%2Fb%20c', 'viewers', ['a/b c']],
  ['#/viewers/100%', 'viewers', ['100%']],
  ['#/constructor', 'dashboard', []],
  ['#/nowhere/else', 'dashboard', []],
])('the address %j is the page %s with %j', (hash, page, rest) => {
  expect(parse(hash)).toEqual({ page, rest });
});

test('what is put into an address comes out of it', () => {
  expect(parse(href('viewers', 'ä/%?#x'))).toEqual({ page: 'viewers', rest: ['ä/%?#x'] });
});

test('every page is in the navigation, which says where one is', async () => {
  await open('dashboard');
  const navigation = within(screen.getByRole('navigation', { name: 'Pages' }));
  expect(navigation.getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual(ROUTES.map((id) => `#/${id}`));
  expect(navigation.getByRole('link', { current: 'page' }).textContent).toBe('Dashboard');
});

test('after a change of page the keyboard goes on at its beginning', async () => {
  await open('dashboard');
  window.scrollTo = vi.fn(); // jsdom cannot scroll
  await act(async () => {
    window.location.hash = '#/events';
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  });
  await screen.findByRole('heading', { level: 1, name: 'Events' });
  expect(document.activeElement).toBe(document.querySelector('main'));
});

test('every page shows the state, the connections and the panic button', async () => {
  for (const page of ROUTES) {
    await open(page);
    expect(screen.getByRole('button', { name: 'Silence now' })).toBeTruthy();
    expect(screen.getByRole('list', { name: 'Connections' }).children).toHaveLength(4);
    expect(document.title).toBe('Live · PalFriend');
    cleanup();
  }
});

test('what only informs can be closed for good, also by keyboard; what lasts stays', async () => {
  const posts = [];
  vi.stubGlobal('fetch', async (path, { method, body }) => {
    if (method !== 'POST') return new Response('{"error": "not there"}', { status: 404 });
    posts.push([path, JSON.parse(body)]);
    return new Response('{"notices": []}');
  });
  const params = { field: 'openai.api_key', file: 'settings.yaml', store: 'secrets.json' };
  const moved = { id: 'm', code: 'secret_moved_file', params, level: 'warning', lasting: false, text: '' };
  const stays = { id: 's', code: 'no_such_code', params: {}, level: 'warning', lasting: true, text: 'The keychain is locked.' };
  const tell = await open('dashboard', [], { ...LIVE, notices: [moved, stays, { ...stays, id: 'i', level: 'info', text: 'All is well.' }] });
  const notices = () => [...document.querySelectorAll('.notice p')].map((notice) => notice.textContent);
  expect(notices()).toEqual([expect.stringMatching(/^openai.api_key stood in settings.yaml/), 'The keychain is locked.']);
  const close = screen.getByRole('button', { name: 'Dismiss' });
  expect(document.getElementById(close.getAttribute('aria-describedby')).textContent).toMatch(/^openai.api_key/);
  await act(async () => fireEvent.click(close));
  expect(posts).toEqual([['api/notices/dismiss', { id: 'm' }]]);
  expect(document.activeElement).toBe(document.querySelector('main'));
  await tell('status', { ...LIVE, notices: [stays] });
  expect(notices()).toEqual(['The keychain is locked.']);
  expect(screen.queryByRole('button', { name: 'Dismiss' })).toBeNull();
});

test('a page that breaks says so, and the panic button stays', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {}); // React writes there what the boundary caught
  const tell = await open('dashboard');
  // what the store lets through breaks nothing, so the browser itself has to
  vi.spyOn(Intl.NumberFormat.prototype, 'format', 'get').mockImplementation(() => {
    throw new RangeError('broken');
  });
  await tell('status', { ...LIVE, queue: 1 });
  expect(screen.getByText('This page could not be shown')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Silence now' })).toBeTruthy();
});

test('good news passes by itself, a failure stays until it is closed', async () => {
  const tell = await open('dashboard');
  vi.useFakeTimers(); // six seconds
  try {
    await tell('toast', { key: 'ui.back', kind: 'good' });
    await tell('toast', { key: 'ui.problem.no_answer' });
    await act(async () => vi.advanceTimersByTime(7000));
    expect(screen.queryByText('Connected to PalFriend again.')).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
    await act(async () => vi.advanceTimersByTime(1));
    expect(document.querySelector('.toast')).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

test('a lost connection is said, and its return, too', async () => {
  const tell = await open('dashboard');
  await tell('connection', 'lost');
  expect(screen.getByText(/Connection to PalFriend lost/)).toBeTruthy();
  await tell('connection', 'up');
  expect(screen.queryByText(/Connection to PalFriend lost/)).toBeNull();
  expect(screen.getByText('Connected to PalFriend again.')).toBeTruthy();
});

test.each([
  ['UTC', '10'],
  ['Asia/Tokyo', '7'],
])("times are in the user's zone, %s", async (zone, hour) => {
  vi.stubEnv('TZ', zone);
  vi.resetModules(); // a page keeps the zone it was opened in
  const { useWords } = await import('../src/i18n.js');
  const { result } = renderHook(() => useWords());
  expect(result.current.time(1_700_000_000).match(/\d+/)[0]).toBe(hour);
  vi.unstubAllEnvs();
});
