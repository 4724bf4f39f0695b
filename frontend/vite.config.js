import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { texts } from './texts.plugin.js';

const PALFRIEND = 'http://127.0.0.1:5000';

export default defineConfig({
  base: './',
  plugins: [texts(), react()],
  build: {
    // the oldest: the browser inside OBS, which shows the overlay
    target: ['chrome103', 'firefox115', 'safari16.4'],
    // an inlined asset is a data: address, which the server's content policy forbids
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['index.html', 'overlay.html'] },
  },
  server: {
    // the rest of the checkout holds the user's settings and secrets
    fs: { allow: ['.', '../locales'] },
    // the object form keeps the Host header, on which PalFriend's Origin check relies
    proxy: {
      '/api': { target: PALFRIEND },
      '/socket.io': { target: PALFRIEND, ws: true },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.{js,jsx}'],
    restoreMocks: true,
    // the first drawing of a page loads it, on a machine that may be busy
    testTimeout: 30_000,
  },
});
