/** English and German. Texts live in locales/*.json, which Python reads too: nested, with {holes}. */

import { createContext, useContext } from 'react';

import { calibration as calibrationDe, reason as reasonDe, remedy as remedyDe, ui as uiDe } from '../../locales/de.json';
import { calibration as calibrationEn, reason as reasonEn, remedy as remedyEn, ui as uiEn } from '../../locales/en.json';

const TEXTS = {
  en: { ui: uiEn, reason: reasonEn, remedy: remedyEn, calibration: calibrationEn },
  de: { ui: uiDe, reason: reasonDe, remedy: remedyDe, calibration: calibrationDe },
};

export const LANGUAGES = { en: 'English', de: 'Deutsch' };

/** The language to begin with: the remembered one, else the first of the browser's that we speak, else English. */
export function firstLanguage(remembered, wanted) {
  const codes = [remembered ?? '', ...wanted].map((tag) => tag.slice(0, 2).toLowerCase());
  return codes.find((code) => Object.hasOwn(TEXTS, code)) ?? 'en';
}

const lookUp = (texts, key) =>
  key.split('.').reduce((part, name) => (Object.hasOwn(part ?? {}, name) ? part[name] : undefined), texts);

/** The text under a dotted key with its {holes} filled; `fallback` when there is none. */
export function translate(language, key, params = {}, fallback = key) {
  const found = lookUp(TEXTS[language], key);
  const text = typeof found === 'string' ? found : fallback;
  return text.replace(/\{(\w+)\}/g, (hole, param) => (Object.hasOwn(params, param) ? String(params[param]) : hole));
}

export const Language = createContext('en');

/** This language as the browser's user writes it: in London the clock has 24 hours. */
const regional = (language) => navigator.languages.find((tag) => tag.startsWith(`${language}-`)) ?? language;

/** The time of day; empty for a moment outside the calendar, which a stranger's clock can name. */
function clock(locale, seconds) {
  const moment = new Date(seconds * 1000);
  return Number.isNaN(moment.getTime()) ? '' : new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(moment);
}

/** `{ language, t, number, time }` of the page's current language. */
export function useWords() {
  const language = useContext(Language);
  const locale = regional(language);
  return {
    language,
    t: (key, params, fallback) => translate(language, key, params, fallback),
    number: (value, digits = 0) =>
      new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value),
    time: (seconds) => clock(locale, seconds),
  };
}
