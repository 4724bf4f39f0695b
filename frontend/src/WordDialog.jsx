import { useState } from 'react';

import { problem, send } from './api.js';
import { Button } from './Button.jsx';
import { Dialog } from './Dialog.jsx';
import { Field } from './Field.jsx';
import { useWords } from './i18n.js';

const LONGEST_WORD = 100;

/** Teaches the pal one word: `verdict` is allow or block. A refusal is shown here, behind a dialog nobody would see it. */
export function WordDialog({ verdict, word: first, onTaught, onClose }) {
  const { t } = useWords();
  const [word, setWord] = useState(first);
  const [refusal, setRefusal] = useState(null);
  const [busy, setBusy] = useState(false);

  async function teach(event) {
    event.preventDefault();
    if (busy || word.trim() === '') return;
    setBusy(true);
    try {
      await send(`api/audit/${verdict}`, { word: word.trim() });
      onClose();
      onTaught();
    } catch (error) {
      setRefusal(problem(error));
      setBusy(false);
    }
  }

  return (
    <Dialog title={t(`ui.audit.${verdict}.title`)} onClose={onClose}>
      <form onSubmit={teach}>
        <Field
          label={t('ui.audit.word')}
          help={t(`ui.audit.${verdict}.help`)}
          value={word}
          autoFocus
          input={{ maxLength: LONGEST_WORD, spellCheck: false }}
          onChange={(event) => setWord(event.target.value)}
        />
        <p role="alert" className="help bad">
          {refusal && t(refusal.key, refusal.params)}
        </p>
        <div className="buttons">
          <Button onClick={onClose}>{t('ui.audit.cancel')}</Button>
          <Button type="submit" look={verdict === 'allow' ? 'primary' : 'danger'} off={busy || word.trim() === ''}>
            {t(`ui.audit.${verdict}.yes`)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
