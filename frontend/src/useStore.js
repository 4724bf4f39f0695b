import { useSyncExternalStore } from 'react';

/** The part of the store's state that `pick` returns; renders again only when that part changed. */
export function useStore(store, pick) {
  return useSyncExternalStore(store.subscribe, () => pick(store.get()));
}
