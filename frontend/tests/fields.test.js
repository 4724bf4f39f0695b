import { expect, test } from 'vitest';

import { byField, changes, isMeant, onStep, parsed, slides, written } from '../src/fields.js';

const field = (path, type, more = {}) => ({ path, name: path.split('.').at(-1), type, ...more });
const FIELDS = [
  field('tiktok.unique_id', 'str'),
  field('openai.api_key', 'str', { secret: true }),
  field('openai.base_url', 'str'),
  field('openai.model', 'str'),
  field('animaze.port', 'int'),
  field('comment.enabled', 'bool'),
  field('comment.keywords', 'list'),
  field('batch_window', 'float'),
  field('system_prompt', 'str', { multiline: true }),
];
const SAVED = {
  tiktok: { unique_id: 'anna' },
  openai: { api_key: { set: true, source: 'file' }, base_url: '', model: 'gpt-4o-mini' },
  animaze: { port: 9000 },
  comment: { enabled: true, keywords: ['why', 'how'] },
  batch_window: 25,
  system_prompt: 'You are.\nKind.',
};

test.each([
  ['nothing typed', {}, {}],
  ['typed and taken back', { 'tiktok.unique_id': 'anna', 'animaze.port': '9000', 'comment.keywords': 'why\nhow' }, {}],
  ['an empty key keeps the key', { 'openai.api_key': ' ' }, {}],
  ['a new key', { 'openai.api_key': ' sk-1 ' }, { openai: { api_key: 'sk-1' } }],
  ['a key to be removed', { 'openai.api_key': { clear: true } }, { openai: { api_key: { clear: true } } }],
  ['a port is a number', { 'animaze.port': '9001' }, { animaze: { port: 9001 } }],
  ['a wrong port goes to the server as it is', { 'animaze.port': '9x' }, { animaze: { port: '9x' } }],
  ['an emptied port too', { 'animaze.port': '' }, { animaze: { port: '' } }],
  ['a comma is a point', { batch_window: '2,5' }, { batch_window: 2.5 }],
  ['a switch', { 'comment.enabled': false }, { comment: { enabled: false } }],
  ['a list, a line each, blank ones left out', { 'comment.keywords': 'why\n\n  who ' }, { comment: { keywords: ['why', 'who'] } }],
  ['lines of a long text', { system_prompt: 'Be\n\nkind.' }, { system_prompt: 'Be\n\nkind.' }],
  [
    'two of one section',
    { 'openai.base_url': 'http://localhost:1', 'openai.model': 'm' },
    { openai: { base_url: 'http://localhost:1', model: 'm' } },
  ],
])('only what differs is sent: %s', (_case, draft, partial) => {
  expect(changes(FIELDS, SAVED, draft)).toEqual(partial);
});

test('what is written and read again is the same', () => {
  for (const [one, value] of [[FIELDS[6], ['a', 'b']], [FIELDS[7], 0.25], [FIELDS[5], true], [FIELDS[4], 9000]]) {
    expect(parsed(one, written(one, value))).toEqual(value);
  }
});

test('a slider leaves no dust of binary fractions', () => {
  expect(onStep(0.8 + 4 * 0.05, { min: 0, step: 0.05 })).toBe(1);
  expect(onStep(31.4, { min: 1, step: 5 })).toBe(31);
});

test('a slider is there where it helps', () => {
  expect(slides({ type: 'float', min: 0, max: 1, step: 0.05, above: false })).toBe(true);
  expect(slides({ type: 'int', min: 1, max: 65_535, step: 1, above: false })).toBe(false);
  expect(slides({ type: 'float', min: 0, max: null, step: 1, above: false })).toBe(false);
  expect(slides({ type: 'str', min: null, max: null, step: null, above: false })).toBe(false);
});

test('a search needs each word somewhere', () => {
  expect(isMeant('animaze PORT', 'Animaze', 'animaze.port', 'Port')).toBe(true);
  expect(isMeant('animaze key', 'Animaze', 'animaze.port', 'Port')).toBe(false);
});

test('a refused entry of a list stands at the list, what has no field is told apart', () => {
  const { placed, others } = byField(FIELDS, { 'comment.keywords.3': 'too long', 'what.ever': 'unknown' });
  expect(placed).toEqual({ 'comment.keywords': 'too long' });
  expect(others).toEqual(['what.ever: unknown']);
});
