import { useEffect, useRef } from 'react';

import { Alerts } from './Alerts.jsx';
import { problem, send } from './api.js';
import { Button } from './Button.jsx';
import { onHurry } from './hurry.js';
import { useWords } from './i18n.js';
import { useCommand } from './useCommand.js';
import { useStore } from './useStore.js';

/** Silence the pal. Never waits for an earlier request and may be repeated: the second press of a nervous hand counts. */
async function silence(store) {
  try {
    const answer = await send('api/panic', { on: true });
    if (answer?.state) store.tell('status', answer);
  } catch (error) {
    store.tell('toast', problem(error));
  }
}

/** In the place of the button, so that a second click on that one does not release. */
function Silenced({ store }) {
  const { t } = useWords();
  const [busy, command] = useCommand(store);
  const words = useRef(null);
  useEffect(() => {
    // the button is gone and its focus with it; whoever is somewhere else on the page stays there
    if (document.activeElement === document.body) words.current.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <p ref={words} tabIndex={-1} className="silenced">
        {t('ui.panic.silenced')}
      </p>
      <Button off={busy !== ''} onClick={() => command('release', 'api/panic', { on: false })}>
        {t('ui.panic.release')}
      </Button>
    </>
  );
}

function Silence({ store }) {
  const { t } = useWords();
  return (
    <>
      <button type="button" className="danger big" onClick={() => silence(store)}>
        {t('ui.panic.now')}
      </button>
      <span className="hint">{t('ui.panic.keys')}</span>
    </>
  );
}

/** What is always in sight, wherever the page is scrolled to: the way to silence the pal, and red flags. */
export function Dock({ store }) {
  const { t } = useWords();
  const silenced = useStore(store, (state) => state.status?.silenced === 'panic');
  useEffect(() => onHurry(() => silence(store)), [store]);
  return (
    <aside className="dock" aria-label={t('ui.panic.label')}>
      <div className={silenced ? 'panic on' : 'panic'} role="status">
        {silenced ? <Silenced store={store} /> : <Silence store={store} />}
      </div>
      <Alerts store={store} />
    </aside>
  );
}
