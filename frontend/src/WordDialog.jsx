import { useEffect, useId, useRef, useState } from 'react';

import { problem, send } from './api.js';
import { Button } from './Button.jsx';
import { useWords } from './i18n.js';

const LONGEST_WORD = 100;

/** Teaches the pal one word: `verdict` is allow or block. A refusal is shown here, behind a dialog nobody would see it. */
export function WordDialog({ verdict, word: first, onTaught, onClose }) {
  const { t } = useWords();
  const [word, setWord] = useState(first);
  const [refusal, setRefusal] = useState(null);
  const [busy, setBusy] = useState(false);
  const dialog = useRef(null);
  const id = useId();
  useEffect(() => dialog.current.showModal(), []);

  async function teach(event) {
    event.preventDefault();
    if (busy || word.trim() === '') return;
    setBusy(true);
    try {
      await send(`api/audit/${verdict}`, { word: word.trim() });
      dialog.current.close();
      onTaught();
    } catch (error) {
      setRefusal(problem(error));
      setBusy(false);
    }
  }

  return (
    <dialog ref={dialog} aria-labelledby={`${id}-title`} onClose={onClose}>
      <form className="field" onSubmit={teach}>
        <h2 id={`${id}-title`}>{t(`ui.audit.${verdict}.title`)}</h2>
        <p id={`${id}-help`}>{t(`ui.audit.${verdict}.help`)}</p>
        <label htmlFor={id}>{t('ui.audit.word')}</label>
        <input
          id={id}
          value={word}
          maxLength={LONGEST_WORD}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          aria-describedby={`${id}-help`}
          onChange={(event) => setWord(event.target.value)}
        />
        <p role="alert" className="help bad">
          {refusal && t(refusal.key, refusal.params)}
        </p>
        <div className="buttons">
          <button type="button" className="quiet" onClick={() => dialog.current.close()}>
            {t('ui.audit.cancel')}
          </button>
          <Button type="submit" className={verdict === 'allow' ? 'primary' : 'danger'} off={busy || word.trim() === ''}>
            {t(`ui.audit.${verdict}.yes`)}
          </Button>
        </div>
      </form>
    </dialog>
  );
}
