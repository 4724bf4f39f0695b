import { useState } from 'react';

import { problem, send } from './api.js';
import { Button } from './Button.jsx';
import { useWords } from './i18n.js';

/** Section of the settings -> what can be tried there, and how long that may take. */
const TRIALS = { animaze: 40_000, openai: 60_000, microphone: 20_000 };
const LISTEN_SECONDS = 4;

/** Tries what a section is about: the avatar says a sentence, the model answers a question, the microphone listens. */
export function Trial({ store, section, dirty }) {
  const { t } = useWords();
  const [busy, setBusy] = useState(false);
  const [words, setWords] = useState('');
  if (!Object.hasOwn(TRIALS, section)) return null;
  const name = section === 'openai' ? 'model' : section;

  async function attempt() {
    setBusy(true);
    setWords('');
    try {
      const body = name === 'microphone' ? { seconds: LISTEN_SECONDS } : {};
      const found = await send(`api/test/${name}`, body, TRIALS[section]);
      setWords(outcome(found));
    } catch (error) {
      store.tell('toast', problem(error));
    } finally {
      setBusy(false);
    }
  }

  function outcome(found) {
    const told = t(`trying.${found.code}`, found.params, found.text);
    return found.answer ? `“${found.answer}” ${told}` : told;
  }

  return (
    <div className="trial">
      <Button off={busy} onClick={attempt}>
        {t(busy ? `form.trial.${name}_now` : `form.trial.${name}`)}
      </Button>
      <p role="status">{words || (dirty ? t('form.trial.save_first') : '')}</p>
    </div>
  );
}
