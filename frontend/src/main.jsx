import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './App.jsx';
import { firstLanguage, loadLanguage } from './i18n.js';
import { follow } from './live.js';
import { recall } from './remember.js';
import { fetchPage, fetchPages } from './routes.js';
import { createStore } from './store.js';
import './style.css';

/** When the first page has been drawn and the others may come. */
const LATER_MS = 1500;

async function begin() {
  const language = firstLanguage(recall('language'), navigator.languages);
  try {
    await loadLanguage(language);
    return language;
  } catch {
    return 'en'; // these texts are part of this file
  }
}

fetchPage(window.location.hash); // now, not when the shell has been drawn
const store = createStore();
follow(store);
begin().then((first) => {
  createRoot(document.getElementById('root')).render(
    <StrictMode>
      <App store={store} first={first} />
    </StrictMode>,
  );
  setTimeout(fetchPages, LATER_MS);
});
