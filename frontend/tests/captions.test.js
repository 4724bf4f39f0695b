import { expect, test } from 'vitest';

import { timed } from '../src/captions.js';

const said = (...words) => words.map((word, place) => ({ word, start: place / 2, end: place / 2 + 0.4 }));

test('each word begins when it is said, and nothing of the text is lost', () => {
  expect(timed('  Hi, Änna! 🎁 ok ', said('Hi,', 'Änna!', 'ok'))).toEqual([
    { text: '  Hi, ', start: 0 },
    { text: 'Änna! 🎁 ', start: 0.5 },
    { text: 'ok ', start: 1 },
  ]);
});

test.each([
  [undefined],
  [[]],
  ['Hello'],
  [[null]],
  [said('Hello', 'again')],
  [said('Hey', 'llo')],
  [[{ word: 'Hello', start: NaN }]],
  [[{ word: '', start: 0 }]],
  [said(...Array(201).fill('l'))],
])('with words that are not its own (%j) the text is one piece', (words) => {
  expect(timed('Hello', words)).toEqual([{ text: 'Hello', start: 0 }]);
});
