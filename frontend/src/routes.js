/** The pages and their addresses (`#/events`): small enough that a router would be most of what is loaded. */

import { lazy, useSyncExternalStore } from 'react';

import Dashboard from './Dashboard.jsx';
import { loadTexts } from './i18n.js';

/**
 * In the order of the navigation. `load` brings the module whose default export is the page, `({ store, rest, onLanguage })`;
 * `texts` are groups of texts.plugin.js that only this page needs. `shown`: the page itself, which comes with the shell,
 * since most visits begin there.
 */
const PAGES = [
  { id: 'dashboard', shown: Dashboard },
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

/** Pages that have come with their texts. */
const arrived = new Map();

async function bring({ id, load, texts = [] }) {
  const [module] = await Promise.all([load(), loadTexts(texts)]);
  arrived.set(id, module);
  return module;
}

/**
 * For `lazy`, a promise that is kept within the call. A page that is there already is then drawn at once; after a real
 * promise React first draws "Loading", and keeps that in sight for 0.3 seconds.
 */
const handOver = (module) => ({ then: (take) => take(module) });

const laterPages = PAGES.filter(({ load }) => load);
const take = (page) => (arrived.has(page.id) ? handOver(arrived.get(page.id)) : bring(page));

/** Page -> its component; of the later pages it is loaded when it is first shown, if it is not there by then. */
export const COMPONENTS = Object.fromEntries(PAGES.map((page) => [page.id, page.shown ?? lazy(() => take(page))]));

/** The page of the address `hash` is there, as far as it can be had: what fails is said where it is to be shown. */
export async function fetchPage(hash) {
  const page = laterPages.find(({ id }) => id === parse(hash).page);
  if (page) await Promise.allSettled([bring(page)]);
}

/** Fetch all pages, so that they open at once and also while PalFriend is away. */
export function fetchPages() {
  // what does not come now is asked for again when it is opened, and said there
  return Promise.allSettled(laterPages.map(bring));
}
