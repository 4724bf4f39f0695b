import { cleanup, render } from '@testing-library/react';
import { Suspense } from 'react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';

import { COMPONENTS, fetchPage, ROUTES } from '../src/routes.js';
import { createStore } from '../src/store.js';

/** What is drawn within the call: a page that is shown later had "Loading" in its place for at least 0.3 seconds. */
function firstDrawingOf(page) {
  const Shown = COMPONENTS[page];
  const { container } = render(
    <Suspense fallback="Loading">
      <Shown store={createStore()} rest={[]} onLanguage={() => {}} />
    </Suspense>,
  );
  return container;
}

beforeAll(() => vi.stubGlobal('fetch', async () => new Response('{}', { status: 404 })));
afterEach(cleanup);

test('the dashboard comes with the shell', () => {
  expect(firstDrawingOf('dashboard').querySelector('.state')).not.toBeNull();
});

test('a page that has not come is waited for', () => {
  expect(firstDrawingOf('logs').textContent).toBe('Loading');
});

test.each(ROUTES.filter((page) => !['dashboard', 'logs'].includes(page)))('%s is drawn at once when it has come', async (page) => {
  await fetchPage(`#/${page}`);
  expect(firstDrawingOf(page).querySelector('h1')).not.toBeNull();
});
