import { expect, test } from 'vitest';

import { createStore, EMPTY, fold, KEPT_EVENTS, NO_STATUS, QUIET } from '../src/store.js';

const row = (text) => ({ kind: 'comment', nickname: 'Anna', username: 'anna', text, count: 1, at: 1, diamonds: 0 });

test('the newest event is on top and the oldest are forgotten', () => {
  const many = (batch) => Array.from({ length: 1000 }, (_, place) => row(`${batch}.${place}`));
  const { events } = fold(EMPTY, Array.from({ length: 12 }, (_, batch) => ['events', many(batch)]));
  expect(events).toHaveLength(KEPT_EVENTS);
  expect(events[0].text).toBe('11.999');
  expect(events.at(-1).text).toBe('2.0');
  expect(new Set(events.map(({ id }) => id)).size).toBe(KEPT_EVENTS);
});

test('a connection that comes back says so', () => {
  const news = [['connection', 'up'], ['connection', 'lost'], ['connection', 'up']];
  expect(fold(EMPTY, news.slice(0, 2)).toasts).toEqual([]);
  expect(fold(EMPTY, news).toasts.map(({ key, kind }) => [key, kind])).toEqual([['ui.back', 'good']]);
});

test('what a toast says already is said again, not twice', () => {
  const refused = { key: 'ui.problem.refused', params: { text: 'a' } };
  const { toasts } = fold(EMPTY, [refused, { key: 'ui.back' }, { ...refused, params: { text: 'b' } }, refused].map((one) => ['toast', one]));
  expect(toasts.map(({ key, params }) => params?.text ?? key)).toEqual(['ui.back', 'b', 'a']);
});

test('a level goes past the state, to those who show it', () => {
  const store = createStore((work) => work());
  const seen = [];
  store.subscribe(() => seen.push('state'));
  store.level.subscribe((level) => seen.push(level.rms_dbfs));
  store.tell('level', { rms_dbfs: -20, peak_dbfs: -10, talking: true });
  expect(seen).toEqual([-20]);
  store.tell('status', { running: false });
  expect(store.level.get()).toEqual(QUIET);
});

test('a caption is shown until it ends and stays among the lines', () => {
  const during = fold(EMPTY, [['caption', { text: 'Hello', kind: 'answer', seconds: 2, at: 1 }]]);
  expect(during.caption.text).toBe('Hello');
  const after = fold(during, [['caption_end']]);
  expect(after.caption).toBeNull();
  expect(after.lines.map(({ text }) => text)).toEqual(['Hello']);
});

test('a lost connection or a stopped bot leaves no sentence hanging on the page', () => {
  const during = fold(EMPTY, [['connection', 'up'], ['caption', { text: 'Hello', seconds: 9 }]]);
  expect(fold(during, [['connection', 'lost']]).caption).toBeNull();
  expect(fold(during, [['status', { ...NO_STATUS, running: false }]]).caption).toBeNull();
  expect(fold(during, [['status', { ...NO_STATUS, running: true }]]).caption.text).toBe('Hello');
});

test.each([
  [null],
  [42],
  ['status'],
  [[]],
  [{ connected: null, links: [], counters: 7, latency: { question_to_speech: null } }],
  [{ running: 'yes', error: { a: 1 }, queue: '7', mic_level: null, floor: null, counters: { gifts: [] } }],
])('a status of the wrong shape (%j) is completed, so that nothing on the page can break', (raw) => {
  const { status } = fold(EMPTY, [['status', raw]]);
  expect(status.counters.gifts).toEqual({ streaks: 0, diamonds: 0 });
  expect(status.latency).toEqual(NO_STATUS.latency);
  expect(status.running).toBe(false);
  expect([typeof status.error, typeof status.queue, typeof status.floor]).toEqual(['string', 'number', 'string']);
});

test.each([[null], [[null, 7, 'x', []]], [{}], [[{ text: { a: 1 }, count: '5', at: NaN, nickname: ['<b>'] }]]])(
  'events of the wrong shape (%j) become rows of plain text or nothing',
  (raw) => {
    for (const event of fold(EMPTY, [['events', raw]]).events) {
      expect(Object.values(event).every((value) => ['string', 'number'].includes(typeof value))).toBe(true);
      expect([event.count, event.at]).toEqual([0, 0]);
    }
  },
);

test('a viewer cannot fill the page with one endless text', () => {
  const { events } = fold(EMPTY, [['events', [row('x'.repeat(100_000))]]]);
  expect(events[0].text.length).toBeLessThanOrEqual(500);
});

test('whoever quit PalFriend reads that it is closed, not that the connection was lost, until it is back', () => {
  const closed = fold(EMPTY, [['connection', 'quit'], ['connection', 'lost']]);
  expect(closed.connection).toBe('quit');
  expect(fold(closed, [['connection', 'up']]).connection).toBe('up');
});

test('many messages in one frame make one change', () => {
  const frames = [];
  const store = createStore((work) => frames.push(work));
  let changes = 0;
  store.subscribe(() => (changes += 1));
  for (let i = 0; i < 500; i += 1) store.tell('events', [row(String(i))]);
  expect([frames.length, changes, store.get().events.length]).toEqual([1, 0, 0]);
  frames.pop()();
  expect([changes, store.get().events[0].text]).toEqual([1, '499']);
  store.tell('caption_end');
  expect(frames).toHaveLength(1);
});

test('a page in a hidden tab, which gets no frames, still follows', async () => {
  const { requestAnimationFrame } = globalThis;
  globalThis.requestAnimationFrame = () => 0;
  try {
    const store = createStore();
    await new Promise((done) => {
      store.subscribe(done);
      store.tell('events', [row('hidden')]);
    });
    expect(store.get().events[0].text).toBe('hidden');
  } finally {
    globalThis.requestAnimationFrame = requestAnimationFrame;
  }
});

test('what the server repeats after a reconnect is not shown twice, and two equal roses stay two', () => {
  const rose = { ...row('Rose'), kind: 'gift' };
  const first = fold(EMPTY, [['connection', 'up'], ['events', []], ['events', [rose, rose]]]);
  expect(first.events).toHaveLength(2);
  const again = fold(first, [['connection', 'lost'], ['connection', 'up'], ['events', [rose, rose, row('new')]]]);
  expect(again.events.map(({ text }) => text)).toEqual(['new', 'Rose', 'Rose']);
  expect(fold(again, [['events', [rose]]]).events).toHaveLength(4);
});

test('a page that is opened in the middle of a sentence shows it until it ends', () => {
  const status = { ...NO_STATUS, running: true, speaking: 'in the middle' };
  const opened = fold(EMPTY, [['connection', 'up'], ['status', status]]);
  expect(opened.caption.text).toBe('in the middle');
  expect(fold(opened, [['caption_end'], ['status', status]]).caption).toBeNull();
});

test.each([['panic', 'panic'], ['mute', 'mute'], [null, null], [undefined, null], [true, null], [{}, null]])(
  'silenced as the server says it: %j is %j',
  (raw, known) => {
    expect(fold(EMPTY, [['status', { ...NO_STATUS, silenced: raw }]]).status.silenced).toBe(known);
  },
);

test('a red flag stays until it is dismissed, also over a lost connection, and is no caption and no event', () => {
  const flag = { at: 1, kind: 'self_harm', username: 'anna', nickname: 'Anna', text: 'x'.repeat(9000) };
  const state = fold(EMPTY, [['alert', flag], ['connection', 'lost'], ['connection', 'up'], ['alert', flag]]);
  expect(state.alerts.map(({ who, text }) => [who, text.length])).toEqual([['Anna', 500], ['Anna', 500]]);
  expect([state.caption, state.lines, state.events]).toEqual([null, [], []]);
  const [first, second] = state.alerts;
  expect(fold(state, [['alert_seen', first.id]]).alerts).toEqual([second]);
  expect(fold(EMPTY, [['alert', null], ['alert', 7]]).alerts).toEqual([]);
});

test('a flood of red flags keeps the newest', () => {
  const flags = Array.from({ length: 500 }, (_, at) => ['alert', { at, text: String(at) }]);
  const { alerts } = fold(EMPTY, flags);
  expect([alerts.length, alerts.at(-1).text]).toEqual([20, '499']);
});

const entry = (id, at = id) => ({ id, at, action: 'refuse', rule: 'link', reason: 'r', text: `text ${id}`, said: '' });

test('what was not said is listed once, newest first, whether it was read or told', () => {
  const told = fold(EMPTY, [['audit', [entry(2), entry(1)]], ['audit', entry(3)], ['audit', entry(3)]]);
  expect(told.audit.map(({ id }) => id)).toEqual(['3', '2', '1']);
  const overtaken = fold(told, [['audit', [entry(2), entry(1)]]]);
  expect(overtaken.audit.map(({ id }) => id)).toEqual(['3', '2', '1']);
  expect(fold(told, [['audit', []]]).audit).toEqual([]);
});

test.each([[null], [7], ['x'], [[null, 7]], [{}], [[{ id: { a: 1 }, action: ['<b>'], at: 'x', text: 5 }]]])(
  'an audit of the wrong shape (%j) becomes rows of plain text or nothing',
  (raw) => {
    for (const row of fold(EMPTY, [['audit', raw]]).audit) {
      expect(Object.values(row).every((value) => ['string', 'number'].includes(typeof value))).toBe(true);
    }
  },
);
