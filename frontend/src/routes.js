/** The pages and their addresses (`#/events`): small enough that a router would be most of what is loaded. */

import { lazy, useSyncExternalStore } from 'react';

import { loadTexts } from './i18n.js';

/**
 * In the order of the navigation. `load` brings the module whose default export is the page, `({ store, rest, onLanguage })`;
 * `texts` are groups of texts.plugin.js that only this page needs.
 */
const PAGES = [
  { id: 'dashboard', load: () => import('./Dashboard.jsx') },
  { id: 'events', texts: ['lists'], load: () => import('./Events.jsx') },
  { id: 'viewers', texts: ['lists'], load: () => import('./Viewers.jsx') },
  { id: 'rehearsal', texts: ['checks'], load: () => import('./Rehearsal.jsx') },
  { id: 'logs', texts: ['lists'], load: () => import('./Logs.jsx') },
  { id: 'setup', texts: ['checks', 'settings'], load: () => import('./Setup.jsx') },
  { id: 'settings', texts: ['settings'], load: () => import('./Settings.jsx') },
];

export const ROUTES = PAGES.map(({ id }) => id);

/** What the address `hash` means: `#/viewers/anna` is the page viewers with the rest ['anna']. */
export function parse(hash) {
  const [page, ...rest] = hash.replace(/^#\/?/, '').split('/');
  const plain = rest.map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part; // a stray per cent sign that somebody typed
    }
  });
  return ROUTES.includes(page) ? { page, rest: plain } : { page: ROUTES[0], rest: [] };
}

/** The address of a page: `href('viewers', 'anna')`. */
export const href = (page, ...rest) => `#/${[page, ...rest.map(encodeURIComponent)].join('/')}`;

export function go(page, ...rest) {
  window.location.hash = href(page, ...rest);
}

function onChange(reader) {
  window.addEventListener('hashchange', reader);
  return () => window.removeEventListener('hashchange', reader);
}

/** `{ page, rest }` of the address now. */
export function useRoute() {
  return parse(useSyncExternalStore(onChange, () => window.location.hash));
}

async function bring({ load, texts = [] }) {
  const [module] = await Promise.all([load(), loadTexts(texts)]);
  return module;
}

/** Page -> its component, which is loaded when it is first shown. */
export const COMPONENTS = Object.fromEntries(PAGES.map((page) => [page.id, lazy(() => bring(page))]));

/** Begin to fetch the page of the address `hash`. */
export function fetchPage(hash) {
  const { load } = PAGES.find(({ id }) => id === parse(hash).page);
  load().catch(() => {}); // said where it is to be shown
}

/** Fetch all pages, so that they open at once and also while PalFriend is away. */
export function fetchPages() {
  // what does not come now is asked for again when it is opened, and said there
  return Promise.allSettled(PAGES.map(bring));
}
