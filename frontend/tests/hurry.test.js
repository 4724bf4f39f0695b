import { afterEach, beforeEach, expect, test } from 'vitest';

import { onHurry } from '../src/hurry.js';

let alarms;
let stop;

beforeEach(() => {
  alarms = 0;
  document.body.innerHTML = '<main></main><input /><select></select><dialog></dialog>';
  stop = onHurry(() => (alarms += 1));
});
afterEach(() => stop());

function press(at, options = {}, target = document.body) {
  const event = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, ...options });
  Object.defineProperty(event, 'timeStamp', { value: at });
  target.dispatchEvent(event);
}

test('Escape twice is an alarm, once for each pair', () => {
  for (const at of [0, 300]) press(at);
  expect(alarms).toBe(1);
  press(500);
  expect(alarms).toBe(1);
  press(700);
  expect(alarms).toBe(2);
});

test('two presses that are far apart are not', () => {
  for (const at of [0, 700, 1400]) press(at);
  expect(alarms).toBe(0);
});

test.each([
  ['held down', { repeat: true }],
  ['part of writing in another script', { isComposing: true }],
  ['with another key held', { ctrlKey: true }],
  ['another key', { key: 'a' }],
])('a second press that is %s is not', (_case, options) => {
  press(0);
  press(100, options);
  expect(alarms).toBe(0);
});

test('another key in between begins anew', () => {
  press(0);
  press(100, { key: 'a' });
  press(200);
  expect(alarms).toBe(0);
});

test.each(['input', 'select', 'dialog'])('in a form it means something else: %s', (name) => {
  const target = document.querySelector(name);
  press(0, {}, target);
  press(100, {}, target);
  expect(alarms).toBe(0);
  press(200);
  press(300, {}, target);
  expect(alarms).toBe(0);
});

test('while a dialog is open it closes the dialog', () => {
  document.querySelector('dialog').setAttribute('open', '');
  press(0);
  press(100);
  expect(alarms).toBe(0);
});

test('nobody listens any more when the page is gone', () => {
  stop();
  press(0);
  press(100);
  expect(alarms).toBe(0);
});
