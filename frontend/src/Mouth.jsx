import { Button } from './Button.jsx';
import { useWords } from './i18n.js';
import { useCommand } from './useCommand.js';
import { useStore } from './useStore.js';

/** Mute and Skip: for a sentence too many, where nothing has gone wrong. */
export function Mouth({ store }) {
  const { t } = useWords();
  const silenced = useStore(store, (state) => state.status?.silenced ?? null);
  const ready = useStore(store, ({ connection, status }) => connection === 'up' && (status?.running ?? false));
  const [busy, command] = useCommand(store);
  const muted = silenced === 'mute';
  const off = !ready || silenced === 'panic' || busy !== '';
  return (
    <div className="buttons mouth">
      <Button off={off} onClick={() => command('mute', 'api/mute', { on: !muted })}>
        {t(muted ? 'ui.mouth.unmute' : 'ui.mouth.mute')}
      </Button>
      <Button off={off || muted} onClick={() => command('skip', 'api/skip')}>
        {t('ui.mouth.skip')}
      </Button>
    </div>
  );
}
