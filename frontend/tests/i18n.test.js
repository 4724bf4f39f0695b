import { expect, test } from 'vitest';

import de from '../../locales/de.json';
import en from '../../locales/en.json';
import { firstLanguage, loadLanguage, loadTexts, translate } from '../src/i18n.js';
import { missingIn, problemsOf } from '../texts.plugin.js';

test('the texts that are there are whole', () => {
  expect(problemsOf({ en, de })).toEqual([]);
});

test.each([
  ['missing in one language', { en: { ui: { a: 'x' } }, de: { ui: {} } }, 'locales/de.json has no text "ui.a"'],
  ['missing in the other', { en: {}, de: { ui: { a: 'x' } } }, 'locales/en.json has no text "ui.a"'],
  ['empty', { en: { a: 'x' }, de: { a: ' ' } }, 'locales/de.json has an empty text "a"'],
  ['filled otherwise', { en: { a: '{x}' }, de: { a: '{y}' } }, '"a" has other {holes} in one language than in the other'],
])('a text that is %s stops the build', (_case, texts, problem) => {
  expect(problemsOf(texts)).toEqual([problem]);
});

test('a text that a source names and nobody wrote stops the build', () => {
  const texts = { ui: { close: 'x', kind: { gift: 'x' } } };
  const source = "t('ui.close') + t('ui.closed') + t(`ui.kind.${kind}`) + t(`ui.sort.${kind}`) + t(`ui.${kind}.x`)";
  expect(missingIn(source, texts)).toEqual(['ui.closed', 'ui.sort.…']);
});

test('holes are filled, unknown ones stay visible, and nothing is taken from the prototype', async () => {
  await loadLanguage('de');
  expect(translate('en', 'ui.seconds', { value: '1.2' })).toBe('1.2 s');
  expect(translate('en', 'ui.seconds', {})).toBe('{value} s');
  expect(translate('de', 'ui.close')).toBe('Schließen');
  expect(translate('de', 'reason.constructor.name', {}, 'own words {toString}')).toBe('own words {toString}');
});

test('a text for each number is chosen by the count as it is written', async () => {
  await loadTexts(['lists']);
  await loadLanguage('de');
  expect(['1', 1, '0', 2, '1.000'].map((count) => translate('de', 'ui.gifts.pieces', { count }))).toEqual(
    ['Geschenk', 'Geschenk', 'Geschenke', 'Geschenke', 'Geschenke'],
  );
  expect(translate('en', 'ui.gifts.pieces')).toBe('gifts');
  expect(translate('en', 'ui.gifts', { count: 1 }, 'own words')).toBe('own words');
  expect(missingIn("t('ui.a') + t('ui.b')", { ui: { a: { one: 'x', other: 'y' }, b: { one: 'x' } } })).toEqual(['ui.b']);
});

test('texts that a page asks for while the language changes come in the new one', async () => {
  await loadLanguage('en');
  await Promise.all([loadTexts(['settings']), loadLanguage('de')]);
  await loadTexts(['lists']);
  expect(translate('de', 'form.settings.undo', {}, '')).toBe(de.form.settings.undo);
  expect(translate('de', 'list.why.meant', {}, '')).toBe(de.list.why.meant);
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
