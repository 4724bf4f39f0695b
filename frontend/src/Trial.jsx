import { useState } from 'react';

import { problem, send } from './api.js';
import { Button } from './Button.jsx';
import { useWords } from './i18n.js';

/** Section of the settings -> what can be tried there, and how long that may take. */
const TRIALS = { animaze: 40_000, openai: 60_000, microphone: 20_000 };
const LISTEN_SECONDS = 4;

/** Tries what a section is about: the avatar says a sentence, the model answers a question, the microphone listens. */
export function Trial({ store, section, dirty }) {
  const { t, number } = useWords();
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
    if (name === 'microphone') {
      const level = number(found.rms_dbfs);
      return t(found.heard ? 'form.trial.heard' : 'form.trial.not_heard', { level });
    }
    if (found.ok && found.answer) return `“${found.answer}”`;
    return t(`reason.${found.code}`, found.params ?? {}, found.text || t(found.ok ? 'form.trial.ok' : 'form.trial.failed'));
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
