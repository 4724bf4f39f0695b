import { useEffect } from 'react';

import { useResource } from './useResource.js';

/** The hour before this page was opened, as the server counted it, goes into the store. */
export function useHistory(store) {
  const { data } = useResource(store, 'api/history');
  useEffect(() => {
    if (data) store.tell('history', data.minutes);
  }, [data, store]);
}
