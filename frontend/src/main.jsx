import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './App.jsx';
import { firstLanguage, loadLanguage } from './i18n.js';
import { speak } from './language.js';
import { follow } from './live.js';
import { recall } from './remember.js';
import { fetchPage, fetchPages } from './routes.js';
import { createStore } from './store.js';
import './style.css';

/** When the first page has been drawn and the others may come. */
const LATER_MS = 1500;

const wanted = firstLanguage(recall('language'), navigator.languages);

async function begin() {
  try {
    await loadLanguage(wanted);
    return wanted;
  } catch {
    speak('en');
    return 'en'; // these texts are part of this file
  }
}

speak(wanted); // what is asked before the texts are there is asked in their language
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
