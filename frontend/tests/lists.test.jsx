import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { fits } from '../src/Events.jsx';
import { LIVE, open } from './page.jsx';

const HOSTILE = '<img src=x onerror="window.hacked=1">';
const ANNA = {
  ...{ username: 'anna', nickname: 'Anna', spoken_name: '', user_id: '7', first_seen: 1, last_seen: 2, streams: 3 },
  ...{ comments: 4, gifts: 5, diamonds: 6, likes: 7, follows: 1, shares: 0, subscriptions: 0, bond: 0.5 },
  ...{ bond_level: 'friend', roles: ['moderator'], language: 'de', here: true },
};
const WHOLE = {
  ...ANNA,
  ...{ usernames: ['anna'], nicknames: ['Anna'], notes: '', last_topic: 'cats' },
  ...{ facts: [{ text: 'has a cat', source: 'I have a cat', at: 1 }], history: [{ kind: 'comment', text: HOSTILE, count: 1, at: 1 }] },
};

let posts;
let answers;

beforeEach(() => {
  [posts, answers] = [[], {}];
  localStorage.clear();
  // jsdom has no layout: without a height the list would draw no row
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(800);
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
  };
  vi.stubGlobal('fetch', async (path, { method, body }) => {
    if (method === 'POST') posts.push([path, JSON.parse(body)]);
    const answer = answers[path.split('?')[0]] ?? {};
    if (typeof answer === 'number') return new Response(JSON.stringify({ error: 'not that', fields: {} }), { status: answer });
    return new Response(JSON.stringify(answer));
  });
});
afterEach(cleanup);

const event = (number, more = {}) => ({ kind: 'comment', key: `m${number}`, username: 'anna', nickname: 'Anna', text: `words ${number}`, at: number, ...more });
const click = (name) => act(async () => fireEvent.click(screen.getByRole('button', { name })));
const type = (label, value) => act(async () => fireEvent.change(screen.getByLabelText(label), { target: { value } }));

test('of ten thousand events only those in sight are drawn, the newest first', async () => {
  await open('events', [['events', Array.from({ length: 10_000 }, (_, number) => event(number))]]);
  const rows = document.querySelectorAll('.rows-all li');
  expect(rows.length).toBeLessThan(60);
  expect(rows[0].textContent).toContain('words 9999');
  expect(rows[0].getAttribute('aria-setsize')).toBe('10000');
  expect(screen.getByText('10,000 of 10,000')).toBeTruthy();
});

test('events are filtered by kind, viewer and words', async () => {
  const gift = event(2, { kind: 'gift', text: 'Rose', username: 'bob', nickname: 'Bob' });
  await open('events', [['events', [event(1), gift]]]);
  await click('Gift');
  expect(screen.queryByText('words 1')).toBeNull();
  expect(screen.getByText('Rose')).toBeTruthy();
  await click('Gift');
  await type('Viewer or words', 'anna WORDS');
  expect(screen.queryByText('Rose')).toBeNull();
  expect(screen.getByText('words 1')).toBeTruthy();
  await type('Viewer or words', 'nobody');
  expect(screen.getByText('Nothing fits these filters.')).toBeTruthy();
});

test('a filter knows viewers by name and username, in any case and order', () => {
  const shown = { kind: 'comment', who: 'Änna', username: 'a_1', text: 'Hello there' };
  expect(fits(shown, [], 'there änna')).toBe(true);
  expect(fits(shown, [], '@a_1')).toBe(true);
  expect(fits(shown, ['gift'], '')).toBe(false);
});

test('an event tells why, and is taught never to come again', async () => {
  const card = {
    ...{ id: 3, keys: ['m1'], kind: 'comment', score: 0.75, rule: '', model: 'gpt', persona: 'pal', cached: false, error: '' },
    ...{ background: 'Anna: 2 comments', fate: 'answered', reason: '', passages: [{ source: 'faq.md', text: HOSTILE }] },
    prompt: [{ role: 'user', content: HOSTILE }],
    lines: [{ text: 'Blue sky.', said: 'Blue.', action: 'rewrite', rule: 'link', reason: '', spoken_at: 5 }],
    timings: { heard: 1, chosen: 1.5, spoken: 3 },
  };
  answers['api/utterances'] = { entries: [card] };
  answers['api/utterances/3'] = card;
  await open('events', [['events', [event(1, { text: HOSTILE })]]]);
  await click('Why?');
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.getByText('0.75')).toBeTruthy();
  expect(dialog.getByText('2.0 s')).toBeTruthy();
  expect(dialog.getByText('Blue.')).toBeTruthy();
  expect(document.querySelector('dialog img')).toBeNull();
  await act(async () => fireEvent.click(dialog.getByRole('button', { name: 'Never again …' })));
  expect(screen.getByLabelText('Word or phrase').value).toBe('Blue.');
  await click('Never again');
  expect(posts).toEqual([['api/audit/block', { word: 'Blue.' }]]);
});

test('an event of which nothing was decided says so', async () => {
  answers['api/utterances'] = { entries: [] };
  await open('events', [['events', [event(1)]]]);
  await click('Why?');
  expect(screen.getByText(/There is no card for this/)).toBeTruthy();
});

test('log lines are newest first, searched, and whole ones can be opened', async () => {
  answers['api/logs'] = [
    { at: 1, level: 'INFO', name: 'bot', text: 'started' },
    { at: 2, level: 'ERROR', name: 'memory', text: 'broken\nTraceback' },
  ];
  await open('logs', []);
  const rows = [...document.querySelectorAll('.rows-all li')].map((row) => row.textContent);
  expect(rows[0]).toContain('broken');
  expect(rows[1]).toContain('started');
  await click('More');
  expect(within(screen.getByRole('dialog')).getByText(/Traceback/)).toBeTruthy();
  await type('Search', 'BOT');
  expect(document.querySelectorAll('.rows-all li')).toHaveLength(1);
});

test('a viewer is also known by other names only, each in its own direction', async () => {
  answers['api/viewers/anna'] = { ...WHOLE, usernames: ['anna', 'anna_2'], nicknames: ['Anna', 'مرحبا'], roles: [] };
  await open('viewers', [], { ...LIVE, demo: true }); // a demo remembers its viewers, too
  await act(async () => {
    window.location.hash = '#/viewers/anna';
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  });
  const names = (await screen.findByText('Also known as')).nextSibling;
  expect([...names.querySelectorAll('bdi')].map((name) => name.textContent)).toEqual(['مرحبا', '@anna_2']);
});

test('viewers are a table, and one is shown with history, notes and the way to be forgotten', async () => {
  answers['api/viewers'] = { viewers: [ANNA], total: 1 };
  answers['api/viewers/anna'] = WHOLE;
  answers['api/viewers/anna/forget'] = { forgotten: true, from: {} };
  await open('viewers', []);
  expect(screen.getByText('1 viewer')).toBeTruthy();
  expect(screen.getByText('Friend')).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Anna' }).getAttribute('href')).toBe('#/viewers/anna');
  await act(async () => {
    window.location.hash = '#/viewers/anna';
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  });
  expect(await screen.findByText('has a cat')).toBeTruthy();
  expect(screen.getByText(HOSTILE)).toBeTruthy();
  await type('Your notes', 'brings cookies');
  await click('Save');
  expect(posts).toEqual([['api/viewers/anna', { notes: 'brings cookies' }]]);
  await click('Forget …');
  await click('Forget for good');
  expect(posts[1]).toEqual(['api/viewers/anna/forget', {}]);
});
