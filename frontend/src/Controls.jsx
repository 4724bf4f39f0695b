import { useRef } from 'react';

import { Button } from './Button.jsx';
import { useWords } from './i18n.js';
import { useCommand } from './useCommand.js';
import { useStore } from './useStore.js';

function Quit({ off, onQuit }) {
  const { t } = useWords();
  const dialog = useRef(null);
  return (
    <>
      <Button className="quiet" off={off} onClick={() => dialog.current.showModal()}>
        {t('ui.quit.label')}
      </Button>
      <dialog ref={dialog} aria-labelledby="quit-title">
        <form method="dialog">
          <h2 id="quit-title">{t('ui.quit.title')}</h2>
          <p>{t('ui.quit.text')}</p>
          <div className="buttons">
            <button className="quiet">{t('ui.quit.no')}</button>
            <button className="danger" onClick={onQuit}>
              {t('ui.quit.yes')}
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}

/** Start or Stop, and Quit. */
export function Controls({ store }) {
  const { t } = useWords();
  const running = useStore(store, (state) => state.status?.running ?? false);
  const reachable = useStore(store, (state) => state.connection === 'up' && state.status !== null);
  const [busy, command] = useCommand(store);
  const off = !reachable || busy !== '';
  const [name, path] = running ? ['stop', 'api/stop'] : ['start', 'api/start'];

  async function quit() {
    if (await command('quit', 'api/quit')) store.tell('connection', 'quit');
  }

  return (
    <div className="buttons">
      <Button className={running ? 'quiet big' : 'primary big'} off={off} onClick={() => command(name, path)}>
        {t(busy ? `ui.${busy}.busy` : `ui.${name}.label`)}
      </Button>
      <Quit off={off} onQuit={quit} />
    </div>
  );
}
