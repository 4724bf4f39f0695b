/** The browser of all visits. */

import { chromium } from 'playwright-core';

const FLAGS = [
  ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

export const launch = (executablePath) => chromium.launch({ executablePath, headless: true, args: FLAGS });
