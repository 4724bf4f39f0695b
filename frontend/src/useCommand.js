import { useState } from 'react';

import { problem, send } from './api.js';

/** Run one request at a time; `busy` names the one under way, a failure becomes a toast. */
export function useCommand(store) {
  const [busy, setBusy] = useState('');
  async function command(name, path, body) {
    setBusy(name);
    try {
      const answer = await send(path, body);
      // the push comes a moment later; until then the button would show what was
      if (answer?.state) store.tell('status', answer);
      return true;
    } catch (error) {
      store.tell('toast', problem(error));
      return false;
    } finally {
      setBusy('');
    }
  }
  return [busy, command];
}
