import { useWords } from './i18n.js';
import { useStore } from './useStore.js';

/** What the streamer must not miss: this is a demo, PalFriend is gone. */
export function Notices({ store }) {
  const { t } = useWords();
  const connection = useStore(store, (state) => state.connection);
  const demo = useStore(store, (state) => state.status?.demo ?? false);
  return (
    <>
      {demo && (
        <p className="notice demo" role="note">
          {t('ui.demo')}
        </p>
      )}
      <div role="status">
        {connection === 'lost' && <p className="notice lost">{t('ui.lost')}</p>}
        {connection === 'quit' && <p className="notice">{t('ui.closed')}</p>}
      </div>
    </>
  );
}

/** Requests that failed; each stays until it is closed, so that nobody has to read fast. */
export function Toasts({ store }) {
  const { t } = useWords();
  const toasts = useStore(store, (state) => state.toasts);
  return (
    <div className="toasts" role="alert">
      {toasts.map(({ id, key, params }) => (
        <p key={id} className="toast">
          <span>{t(key, params)}</span>
          <button type="button" aria-label={t('ui.close')} onClick={() => store.tell('dismiss', id)}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}
