import { useState } from 'react';

import { Button } from './Button.jsx';
import { Dialog } from './Dialog.jsx';
import { useWords } from './i18n.js';
import { useCommand } from './useCommand.js';
import { useStore } from './useStore.js';

function Quit({ off, onQuit }) {
  const { t } = useWords();
  const [asked, setAsked] = useState(false);
  const close = () => setAsked(false);
  const quit = () => {
    close();
    onQuit();
  };
  return (
    <>
      <Button look="plain" off={off} onClick={() => setAsked(true)}>
        {t('ui.quit.label')}
      </Button>
      {asked && (
        <Dialog title={t('ui.quit.title')} onClose={close}>
          <p>{t('ui.quit.text')}</p>
          <div className="buttons">
            <Button autoFocus onClick={close}>
              {t('ui.quit.no')}
            </Button>
            <Button look="danger" onClick={quit}>
              {t('ui.quit.yes')}
            </Button>
          </div>
        </Dialog>
      )}
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
      <Button className="begin" look={running ? 'quiet' : 'primary'} size="large" off={off} onClick={() => command(name, path)}>
        {t(busy ? `ui.${busy}.busy` : `ui.${name}.label`)}
      </Button>
      <Quit off={off} onQuit={quit} />
    </div>
  );
}
