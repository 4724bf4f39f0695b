import { useEffect } from 'react';

import { useWords } from './i18n.js';
import { useStore } from './useStore.js';

const SPACE = 'notice';
const NONE = [];

/** What is amiss with where the streamer's keys are, in the server's texts of that, or else in its own words. */
function KeyNotices({ store }) {
  const { t } = useWords();
  const notices = useStore(store, (state) => state.status?.notices ?? NONE);
  return notices
    .filter(({ level }) => level === 'warning')
    .map(({ code, params, text }) => (
      <p className="notice" key={`${code} ${params.field ?? ''}`}>
        {t([SPACE, code].join('.'), params, text)}
      </p>
    ));
}

/** What the streamer must not miss: PalFriend is gone, or a key is not where it should be. */
export function Notices({ store }) {
  const { t } = useWords();
  const connection = useStore(store, (state) => state.connection);
  return (
    <div role="status">
      {connection === 'lost' && <p className="notice lost">{t('ui.lost')}</p>}
      {connection === 'quit' && <p className="notice">{t('ui.closed')}</p>}
      <KeyNotices store={store} />
    </div>
  );
}

/** Nothing here pretends to be a live; at the head of every page. */
export function DemoNote({ store }) {
  const { t } = useWords();
  const demo = useStore(store, (state) => state.status?.demo ?? false);
  return (
    demo && (
      <p className="notice demo" role="note">
        {t('ui.demo')}
      </p>
    )
  );
}

const PASSES_MS = 6000;

function Toast({ toast: { id, kind = 'bad', key, params }, onClose }) {
  const { t } = useWords();
  useEffect(() => {
    if (kind !== 'good') return undefined;
    const timer = setTimeout(onClose, PASSES_MS);
    return () => clearTimeout(timer);
  }, [id]); // eslint-disable-line react-hooks/exhaustive-deps -- it passes once, however often the page is drawn
  return (
    <p className={`toast is-${kind}`}>
      <span>{t(key, params)}</span>
      <button type="button" aria-label={t('ui.close')} onClick={onClose}>
        ×
      </button>
    </p>
  );
}

/**
 * What happened besides: `{ key, params, kind }`. Failures (kind bad, the default) stay until they are closed, so that
 * nobody has to read fast; good news passes by itself.
 */
export function Toasts({ store }) {
  const toasts = useStore(store, (state) => state.toasts);
  const rows = (kinds) =>
    toasts
      .filter(({ kind = 'bad' }) => kinds.includes(kind))
      .map((toast) => <Toast key={toast.id} toast={toast} onClose={() => store.tell('dismiss', toast.id)} />);
  return (
    <div className="toasts">
      <div role="status">{rows(['good'])}</div>
      <div role="alert">{rows(['bad'])}</div>
    </div>
  );
}
