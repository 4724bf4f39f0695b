import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { stage } from '../src/overlay/captions.js';
import { dress, wishes } from '../src/overlay/style.js';

const HOSTILE = '<img src=x onerror="window.hacked=1">';
const CAPTION = {
  text: 'Hello again, Mia!',
  seconds: 1.5,
  words: [
    { word: 'Hello', start: 0, end: 0.4 },
    { word: 'again,', start: 0.5, end: 0.9 },
    { word: 'Mia!', start: 1, end: 1.4 },
  ],
};

let box;

beforeEach(() => {
  vi.useFakeTimers(); // seconds of holding would make the tests take as long
  document.body.innerHTML = '<div id="captions"></div>';
  box = document.getElementById('captions');
});
afterEach(() => vi.useRealTimers());

const seen = () => [...box.querySelectorAll('span:not(.waits)')].map((span) => span.textContent).join('');

test('words appear as they are said, stay a while after the end, and go', () => {
  const captions = stage(box, wishes('?hold=3'));
  expect(box.hidden).toBe(true);
  captions.show(CAPTION);
  expect([box.hidden, seen()]).toEqual([false, 'Hello ']);
  vi.advanceTimersByTime(600);
  expect(seen()).toBe('Hello again, ');
  vi.advanceTimersByTime(500);
  expect(seen()).toBe('Hello again, Mia!');
  captions.end();
  vi.advanceTimersByTime(2900);
  expect(box.hidden).toBe(false);
  vi.advanceTimersByTime(200);
  expect([box.hidden, box.textContent]).toEqual([true, '']);
});

test('an end that comes early shows the whole sentence, and the next one is not cut by the time of this', () => {
  const captions = stage(box, wishes(''));
  captions.show(CAPTION);
  captions.end();
  expect(seen()).toBe(CAPTION.text);
  vi.advanceTimersByTime(1500);
  captions.show({ text: 'The next one.', seconds: 1 });
  vi.advanceTimersByTime(1900);
  expect(seen()).toBe('The next one.');
});

test('an end that never comes leaves nothing on the stream', () => {
  const captions = stage(box, wishes('?hold=0'));
  captions.show(CAPTION);
  vi.advanceTimersByTime(60_000);
  expect([box.hidden, vi.getTimerCount()]).toEqual([true, 0]);
});

test.each([
  ['a text that looks like a page', { text: HOSTILE, seconds: 1 }, HOSTILE],
  ['words that are not its own', { text: 'Hi', words: [{ word: HOSTILE, start: 0 }] }, 'Hi'],
  ['a length that is none', { text: 'Hi', seconds: Infinity }, 'Hi'],
  ['another shape', { text: { a: 1 } }, ''],
  ['nothing', null, ''],
])('%s is text or nothing', (_case, raw, words) => {
  stage(box, wishes('')).show(raw);
  expect([box.textContent, box.querySelector('img')]).toEqual([words, null]);
});

test('whoever speaks can be named, as text', () => {
  stage(box, wishes(`?name=${encodeURIComponent('<b>Nova')}&namecolour=0f0`)).show({ text: 'Hi' });
  expect(box.textContent).toBe('<b>Nova: Hi');
  expect(box.querySelector('b').style.color).toBe('rgb(0, 255, 0)');
});

test.each([
  ['?size=64', 'size', 64],
  ['?size=9999', 'size', 400],
  ['?size=-3', 'size', 8],
  ['?size=big', 'size', 48],
  ['?size=', 'size', 48],
  ['?colour=FFDD00', 'colour', '#ffdd00'],
  ['?color=%23fd0', 'colour', '#fd0'],
  ['?colour=gold', 'colour', 'gold'],
  ['?colour=red;background:url(http://evil)', 'colour', '#ffffff'],
  ['?box=00000080', 'box', '#00000080'],
  ['?font=Comic Sans MS', 'font', 'Comic Sans MS'],
  ['?font=x;}body{color:red', 'font', 'xbodycolorred'],
  ['?position=top', 'position', 'top'],
  ['?position=constructor', 'position', 'bottom'],
  ['?lines=2.4', 'lines', 2],
  ['?hold=0', 'hold', 0],
  ['?uppercase=1', 'uppercase', true],
  ['?uppercase=off', 'uppercase', false],
])('the wish %s is understood: %s is %j', (search, name, value) => {
  expect(wishes(search)[name]).toBe(value);
});

test('the box is dressed as wished', () => {
  dress(document.body, box, wishes('?size=30&position=top&align=right&lines=2&box=000&outline=0&uppercase=1'));
  expect(document.body.style.justifyContent).toBe('flex-start');
  expect(document.body.style.textAlign).toBe('right');
  expect(box.style.fontSize).toBe('30px');
  expect(box.style.maxHeight).toBe('2.5em');
  expect(box.style.textTransform).toBe('uppercase');
  expect(box.style.background).toMatch(/#000|rgb\(0, 0, 0\)/);
});
