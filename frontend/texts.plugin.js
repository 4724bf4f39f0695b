/**
 * The texts of locales/*.json as modules: one per language and group, so that a page loads only what it shows.
 *
 * A build with a text that is missing in one language, or that a source file names and nobody wrote, fails.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const LANGUAGES = ['en', 'de'];

/** Group -> the namespaces of the locale files in it. `page` is there from the first moment, others with their pages. */
export const GROUPS = {
  page: ['ui', 'reason', 'remedy', 'calibration', 'lan', 'notice'],
  settings: ['settings', 'form', 'trying'],
  checks: ['rehearsal', 'doctor', 'setup', 'show'],
  lists: ['list'],
};

const INDEX = 'virtual:texts';
const SPACES = Object.values(GROUPS).flat().filter((space) => space !== 'settings');
/** A text that a source names: 'ui.close' or `ui.kind.${kind}`. Settings are looked up by their paths only. */
const NAMED = new RegExp(`(['"\`])((?:${SPACES.join('|')})\\.(?:(?!\\1)[^\\\\\\n])+)\\1`, 'g');

/** Every text with its full key. */
export function leaves(node, path = '') {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value]] : leaves(value, `${path}${key}.`),
  );
}

/** What a setting is for stands in the schema in English, so English may have no text of it. */
const isOptional = (key) => /^settings\..*\.help$/.test(key);
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([hole]) => hole).sort().join(' ');

/** What is wrong with these texts: `{ language: nested texts }`; each problem is one sentence. */
export function problemsOf(texts) {
  const maps = Object.entries(texts).map(([language, nested]) => [language, new Map(leaves(nested))]);
  const keys = [...new Set(maps.flatMap(([, map]) => [...map.keys()]))];
  return keys.flatMap((key) => {
    const without = maps.filter(([language, map]) => !map.has(key) && !(language === 'en' && isOptional(key)));
    const empty = maps.filter(([, map]) => map.get(key)?.trim() === '');
    const forms = new Set(maps.filter(([, map]) => map.has(key)).map(([, map]) => holes(map.get(key))));
    return [
      ...without.map(([language]) => `locales/${language}.json has no text "${key}"`),
      ...empty.map(([language]) => `locales/${language}.json has an empty text "${key}"`),
      ...(forms.size > 1 ? [`"${key}" has other {holes} in one language than in the other`] : []),
    ];
  });
}

/** A text, or one for each number, see i18n.js. */
const isText = (found) => typeof (found?.one === undefined ? found : found.other) === 'string';

/** Keys that `source` names and `texts` lacks. Of a key with a hole in it only what stands before can be known. */
export function missingIn(source, texts) {
  const find = (key) => key.split('.').reduce((node, name) => node?.[name], texts);
  return [...source.matchAll(NAMED)].flatMap(([, quote, key]) => {
    const [known, hole] = quote === '`' ? key.split('${', 2) : [key];
    if (hole === undefined) return isText(find(known)) ? [] : [known];
    const space = known.slice(0, known.lastIndexOf('.'));
    return typeof find(space) === 'object' ? [] : [`${space}.…`];
  });
}

const fileOf = (language) => fileURLToPath(new URL(`../locales/${language}.json`, import.meta.url));
const read = (language) => JSON.parse(readFileSync(fileOf(language), 'utf-8'));

function groupModule(language, group) {
  const all = read(language);
  const spaces = GROUPS[group].filter((space) => Object.hasOwn(all, space));
  return `export default ${JSON.stringify(Object.fromEntries(spaces.map((space) => [space, all[space]])))};`;
}

/** English's `page` is there at once; everything else is asked for. */
function indexModule() {
  const loader = (language, group) => `${group}: () => import('${INDEX}/${language}/${group}')`;
  const loaders = LANGUAGES.map(
    (language) => `${language}: { ${Object.keys(GROUPS).map((group) => loader(language, group)).join(', ')} }`,
  );
  return `export { default as first } from '${INDEX}/en/page';\nexport const LOADERS = { ${loaders.join(', ')} };`;
}

export function texts() {
  return {
    name: 'palfriend-texts',
    buildStart() {
      const problems = problemsOf(Object.fromEntries(LANGUAGES.map((language) => [language, read(language)])));
      if (problems.length > 0) this.error(problems.join('\n'));
      LANGUAGES.forEach((language) => this.addWatchFile(fileOf(language)));
    },
    resolveId: (id) => (id.startsWith(INDEX) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${INDEX}`)) return undefined;
      const [, language, group] = id.split('/');
      return language === undefined ? indexModule() : groupModule(language, group);
    },
    transform(code, id) {
      if (!/\/src\/[^?]*\.jsx?$/.test(id)) return;
      const missing = missingIn(code, read('en'));
      if (missing.length > 0) this.error(`there is no text for ${missing.join(', ')}`);
    },
  };
}
