import { useEffect, useState } from 'react';

import { problem, read } from './api.js';
import { useWords } from './i18n.js';
import { useStore } from './useStore.js';

const NOTHING = { path: '', data: null, missing: false };

/**
 * What the server says at `path`: `{ data, missing, reload }`. `data` is null until it is known and stays when a later
 * reading fails; `missing`: the server has no such thing (404), which is not asked for again. Read when the connection
 * comes up, when `path` or the page's language changes, after `reload()`, and every `every` seconds while the page is
 * looked at. A failure becomes a toast, once.
 */
export function useResource(store, path, { every = 0 } = {}) {
  const up = useStore(store, (state) => state.connection === 'up');
  const { language } = useWords();
  const [turn, setTurn] = useState(0);
  const [found, setFound] = useState(NOTHING);
  useEffect(() => {
    if (!up) return undefined;
    let current = true;
    let timer;
    let told = false;
    let wanted = true;
    async function once() {
      try {
        const data = await read(path);
        if (current) setFound({ path, data, missing: false });
        told = false;
      } catch (error) {
        if (!current) return;
        wanted = error.status !== 404;
        if (!wanted) setFound({ path, data: null, missing: true });
        // without an answer the connection's own banner says it
        else if (error.status !== 0 && !told) store.tell('toast', problem(error));
        told = true;
      }
    }
    const later = () => {
      if (current && wanted && every > 0) timer = setTimeout(again, every * 1000);
    };
    async function again() {
      if (!document.hidden) await once();
      later();
    }
    once().then(later);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [store, path, every, up, turn, language]);
  const { data, missing } = found.path === path ? found : NOTHING;
  return { data, missing, reload: () => setTurn((count) => count + 1) };
}
