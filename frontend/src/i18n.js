/** English and German. Texts live in locales/*.json, which Python reads too: nested, with {holes}. */

import { createContext, useContext } from 'react';

import { first, LOADERS } from 'virtual:texts';

import { speak } from './language.js';

export const LANGUAGES = { en: 'English', de: 'Deutsch' };

/** Language -> its texts that are there; which groups pages have asked for; and the language they are to be in. */
const loaded = { en: first, de: {} };
const wanted = new Set(['page']);
let current = 'en';

/** The language to begin with: the remembered one, else the first of the browser's that we speak, else English. */
export function firstLanguage(remembered, wishes) {
  const codes = [remembered ?? '', ...wishes].map((tag) => tag.slice(0, 2).toLowerCase());
  return codes.find((code) => Object.hasOwn(LANGUAGES, code)) ?? 'en';
}

/** All texts of `language` that pages have asked for, also while it loads. */
async function load(language) {
  let groups = [];
  while (groups.length < wanted.size) {
    groups = await Promise.all([...wanted].map((group) => LOADERS[language][group]()));
  }
  loaded[language] = Object.assign({}, ...groups.map((group) => group.default));
}

/** Have all texts of `language`, and the server's sentences in it. Raises what the browser raises without a server. */
export async function loadLanguage(language) {
  await load(language);
  current = language;
  speak(language);
}

/** Have these groups of texts (see texts.plugin.js) from now on, in the language of now and in those that follow. */
export async function loadTexts(groups) {
  groups.forEach((group) => wanted.add(group));
  let language;
  while (groups.length > 0 && language !== current) {
    language = current;
    await load(language);
  }
}

const lookUp = (texts, key) =>
  key.split('.').reduce((part, name) => (Object.hasOwn(part ?? {}, name) ? part[name] : undefined), texts);

/** A key may have a text for `one` and one for all `other` counts, as they are written: 1, 0, 1,000. */
const formFor = (found, { count }) => (typeof found === 'string' ? found : found?.[String(count) === '1' ? 'one' : 'other']);

/** The text under a dotted key with its {holes} filled, in its form for `count`; `fallback` when there is none. */
export function translate(language, key, params = {}, fallback = key) {
  const found = formFor(lookUp(loaded[language], key), params);
  const text = typeof found === 'string' ? found : fallback;
  return text.replace(/\{(\w+)\}/g, (hole, param) => (Object.hasOwn(params, param) ? String(params[param]) : hole));
}

export const Language = createContext('en');

/** This language as the browser's user writes it: in London the clock has 24 hours. */
const regional = (language) => navigator.languages.find((tag) => tag.startsWith(`${language}-`)) ?? language;

/** Formatters of the browser, made once: making one takes longer than many uses of it. */
const formatters = new Map();

function formatter(Kind, locale, style) {
  const key = JSON.stringify([Kind.name, locale, style]);
  if (!formatters.has(key)) formatters.set(key, new Kind(locale, style));
  return formatters.get(key);
}

/** A moment (Unix seconds) in the user's own zone; empty outside the calendar, which a stranger's clock can name. */
function moment(locale, seconds, style) {
  const when = new Date(seconds * 1000);
  return Number.isNaN(when.getTime()) ? '' : formatter(Intl.DateTimeFormat, locale, style).format(when);
}

/** `{ language, t, number, time, date }` of the page's current language. */
export function useWords() {
  const language = useContext(Language);
  const locale = regional(language);
  return {
    language,
    t: (key, params, fallback) => translate(language, key, params, fallback),
    number: (value, digits = 0) =>
      formatter(Intl.NumberFormat, locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value),
    time: (seconds) => moment(locale, seconds, { timeStyle: 'medium' }),
    date: (seconds) => moment(locale, seconds, { dateStyle: 'medium', timeStyle: 'short' }),
  };
}
