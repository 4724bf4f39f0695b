import { useEffect } from 'react';

import { useWords } from './i18n.js';
import { useCommand } from './useCommand.js';
import { useStore } from './useStore.js';

const SPACE = 'notice';
const NONE = [];

/** One thing to know, in our texts of it or else in the server's words; what does not last can be closed for all pages. */
function Notice({ notice: { id, code, params, text, lasting }, place, onClose }) {
  const { t } = useWords();
  return (
    <div className="notice">
      <p id={`notice-${place}`}>{t([SPACE, code].join('.'), params, text)}</p>
      {lasting === false && (
        <button type="button" aria-label={t('ui.close')} aria-describedby={`notice-${place}`} onClick={() => onClose(id)}>
          ×
        </button>
      )}
    </div>
  );
}

/** What is amiss with the settings, above all with where the streamer's keys are. */
function SettingsNotices({ store }) {
  const notices = useStore(store, (state) => state.status?.notices ?? NONE);
  const [, command] = useCommand(store);

  async function close(id) {
    await command('close', 'api/notices/dismiss', { id });
    document.querySelector('main')?.focus({ preventScroll: true }); // its button is gone with it
  }

  return notices
    .filter(({ level }) => level === 'warning')
    .map((notice, place) => <Notice key={notice.id ?? place} {...{ notice, place }} onClose={close} />);
}

/** What the streamer must not miss: PalFriend is gone, or something is not right with the settings. */
export function Notices({ store }) {
  const { t } = useWords();
  const connection = useStore(store, (state) => state.connection);
  return (
    <div role="status">
      {connection === 'lost' && <p className="notice lost">{t('ui.lost')}</p>}
      {connection === 'quit' && <p className="notice">{t('ui.closed')}</p>}
      <SettingsNotices store={store} />
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
