import { expect, test } from 'vitest';

import de from '../../locales/de.json';
import en from '../../locales/en.json';
import { firstLanguage, translate } from '../src/i18n.js';

/** Every text with its full key. */
function leaves(node, path = '') {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value]] : leaves(value, `${path}${key}.`),
  );
}

const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([hole]) => hole).sort();

test('English and German have the same texts, none of them empty', () => {
  // what a setting is for stands in the schema in English, so English has no text of it here
  const isOurs = (key) => !/^settings\..*\.help$/.test(key);
  const keys = (texts) => leaves(texts).map(([key]) => key).filter(isOurs).sort();
  expect(keys(de)).toEqual(keys(en));
  expect([...leaves(en), ...leaves(de)].filter(([, text]) => text.trim() === '')).toEqual([]);
});

test('a text has the same holes in both languages', () => {
  const german = Object.fromEntries(leaves(de));
  for (const [key, text] of leaves(en)) expect([key, holes(german[key])]).toEqual([key, holes(text)]);
});

test('every text that the page names literally exists', () => {
  const sources = import.meta.glob('../src/*.{js,jsx}', { query: '?raw', import: 'default', eager: true });
  const quoted = Object.values(sources).flatMap((source) => [...source.matchAll(/'ui\.([a-z0-9_.]+)'/g)]);
  const named = quoted.map(([, key]) => key);
  expect(named.length).toBeGreaterThan(30);
  const known = leaves(en.ui).map(([key]) => key);
  expect(named.filter((key) => !known.includes(key))).toEqual([]);
});

test('holes are filled, unknown ones stay visible, and nothing is taken from the prototype', () => {
  expect(translate('en', 'ui.seconds', { value: '1.2' })).toBe('1.2 s');
  expect(translate('en', 'ui.seconds', {})).toBe('{value} s');
  expect(translate('de', 'reason.constructor.name', {}, 'own words {toString}')).toBe('own words {toString}');
});

test.each([
  [null, ['de-AT', 'en'], 'de'],
  [null, ['fr-FR', 'de'], 'de'],
  [null, ['fr'], 'en'],
  ['en', ['de'], 'en'],
  ['constructor', [], 'en'],
])('remembered %j in a browser that wants %j begins in %s', (remembered, wanted, language) => {
  expect(firstLanguage(remembered, wanted)).toBe(language);
});
