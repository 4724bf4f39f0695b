import { useEffect, useState } from 'react';

import { problem, read, send } from './api.js';

const EVERY_MS = 700;

/**
 * Work of the server that takes longer than a request: `{ job, begin, stop }`. `job` is null, or what the server says
 * of it: state (running, done, failed, stopped), progress 0..1, text, result, error.
 */
export function useJob(store) {
  const [job, setJob] = useState(null);
  const name = job?.job;
  const running = job?.state === 'running';

  useEffect(() => {
    if (!running) return undefined;
    let current = true;
    const timer = setInterval(async () => {
      try {
        const now = await read(`api/jobs/${name}`);
        if (current) setJob(now);
      } catch (error) {
        // a server that was started anew knows nothing of it
        if (current && error.status === 404) setJob((was) => ({ ...was, state: 'stopped' }));
      }
    }, EVERY_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [name, running]);

  async function begin(path, body) {
    try {
      setJob(await send(path, body));
    } catch (error) {
      store.tell('toast', problem(error));
    }
  }

  async function stop() {
    try {
      setJob(await send(`api/jobs/${name}/stop`));
    } catch (error) {
      store.tell('toast', problem(error));
    }
  }

  return { job, begin, stop };
}
