import { expect, test } from 'vitest';

import { changes } from '../src/fields.js';

const SAVED = {
  tiktok: { unique_id: 'anna' },
  openai: { api_key: { set: true, source: 'file' }, base_url: '', model: 'gpt-4o-mini' },
  animaze: { port: 9000 },
};

test.each([
  ['nothing typed', {}, {}],
  ['typed and taken back', { 'tiktok.unique_id': 'anna', 'animaze.port': '9000' }, {}],
  ['an empty key keeps the key', { 'openai.api_key': ' ' }, {}],
  ['a new key', { 'openai.api_key': ' sk-1 ' }, { openai: { api_key: 'sk-1' } }],
  ['a port is a number', { 'animaze.port': '9001' }, { animaze: { port: 9001 } }],
  ['a wrong port goes to the server as it is', { 'animaze.port': '9x' }, { animaze: { port: '9x' } }],
  ['an emptied port too', { 'animaze.port': '' }, { animaze: { port: '' } }],
  [
    'two of one section',
    { 'openai.base_url': 'http://localhost:1', 'openai.model': 'm' },
    { openai: { base_url: 'http://localhost:1', model: 'm' } },
  ],
])('only what differs is sent: %s', (_case, draft, partial) => {
  expect(changes(SAVED, draft)).toEqual(partial);
});
