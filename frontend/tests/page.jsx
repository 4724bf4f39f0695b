import { act, configure, render, screen } from '@testing-library/react';

import { App } from '../src/App.jsx';
import { href } from '../src/routes.js';
import { createStore } from '../src/store.js';

// what a page asks for comes late on a machine that has much else to do
configure({ asyncUtilTimeout: 10_000 });

export const LIVE = { running: true, state: 'live', connected: { tiktok: true }, links: {}, silenced: null };

/** The dashboard at a page, connected to a server that says `status` and then `news`; answers how to tell it more. */
export async function open(page, news = [], status = LIVE) {
  window.location.hash = href(page);
  const store = createStore((work) => work());
  const tell = (...message) => act(async () => store.tell(...message));
  await act(async () => render(<App store={store} />));
  await screen.findByRole('heading', { level: 1 });
  await tell('connection', 'up');
  await tell('status', status);
  for (const message of news) await tell(...message);
  return tell;
}
