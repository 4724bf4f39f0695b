import { useEffect, useRef } from 'react';

import { problem, send } from './api.js';
import { Button } from './Button.jsx';
import { onHurry } from './hurry.js';
import { useWords } from './i18n.js';
import { Icon } from './icons.jsx';
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
      <Button look="plain" className="release" off={busy !== ''} onClick={() => command('release', 'api/panic', { on: false })}>
        {t('ui.panic.release')}
      </Button>
    </>
  );
}

function Silence({ store }) {
  const { t } = useWords();
  return (
    <>
      <Button look="danger" size="large" startIcon={<Icon name="stop" />} onClick={() => silence(store)}>
        {t('ui.panic.now')}
      </Button>
      <span className="hint">{t('ui.panic.keys')}</span>
    </>
  );
}

/** Always in sight, wherever the page is scrolled to: the way to silence the pal. */
export function Panic({ store }) {
  const { t } = useWords();
  const silenced = useStore(store, (state) => state.status?.silenced === 'panic');
  useEffect(() => onHurry(() => silence(store)), [store]);
  return (
    <aside className={silenced ? 'panic on' : 'panic'} aria-label={t('ui.panic.label')}>
      <div role="status">{silenced ? <Silenced store={store} /> : <Silence store={store} />}</div>
    </aside>
  );
}
