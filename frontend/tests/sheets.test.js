import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../src');

/** Classes whose looks this sheet sets wherever they stand, such as `.chip` and `.chip:hover`, but not `.filters .chip`. */
function claimed(sheet) {
  const css = readFileSync(join(FOLDER, sheet), 'utf-8').replaceAll(/\/\*.*?\*\//gs, '');
  const selectors = [...css.matchAll(/([^{}]+)\{/g)].flatMap(([, list]) => list.split(',').map((one) => one.trim()));
  return new Set(selectors.flatMap((one) => /^\.([\w-]+)(?:\[[^\]]*\]|::?[\w-]+)*$/.exec(one)?.[1] ?? []));
}

test("a page's sheet, which comes later, changes nothing on the other pages", () => {
  const sheets = readdirSync(FOLDER).filter((name) => name.endsWith('.css'));
  expect(sheets.length).toBeGreaterThan(2);
  const owners = new Map();
  for (const sheet of sheets) for (const name of claimed(sheet)) owners.set(name, [...(owners.get(name) ?? []), sheet]);
  expect([...owners].filter(([, several]) => several.length > 1)).toEqual([]);
});
