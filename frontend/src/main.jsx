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
/** How long the first drawing waits for PalFriend's state, which then need not be drawn over. */
const STATE_MS = 250;

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

/** The store knows how PalFriend is doing, or that is not to be had soon. */
function firstNews(store) {
  return new Promise((done) => {
    setTimeout(done, STATE_MS);
    const leave = store.subscribe(() => {
      const { connection, status } = store.get();
      if (connection === 'connecting' || (connection === 'up' && status === null)) return;
      leave();
      done();
    });
  });
}

speak(wanted); // what is asked before the texts are there is asked in their language
const store = createStore();
follow(store);
begin().then(async (first) => {
  await Promise.all([fetchPage(window.location.hash), firstNews(store)]);
  createRoot(document.getElementById('root')).render(
    <StrictMode>
      <App store={store} first={first} />
    </StrictMode>,
  );
  setTimeout(fetchPages, LATER_MS);
});
