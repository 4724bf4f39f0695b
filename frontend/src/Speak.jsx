import { useState } from 'react';

import { problem, send } from './api.js';
import { Button } from './Button.jsx';
import { Card } from './Card.jsx';
import { Field } from './Field.jsx';
import { useWords } from './i18n.js';
import { useStore } from './useStore.js';

const LONGEST_LINE = 500; // as the server's
const THINKING_MS = 90_000;

/** A line to type and a button to send it; `onSend` may throw what is then said below. `keep`: it stays for another try. */
function Box({ name, off, keep = false, onSend }) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const [error, setError] = useState(undefined);
  const [busy, setBusy] = useState(false);
  const empty = text.trim() === '';

  async function submit(event) {
    event.preventDefault();
    if (off || busy || empty) return;
    setBusy(true);
    setError(undefined);
    try {
      await onSend(text.trim());
      if (!keep) setText('');
    } catch (failure) {
      const { key, params } = problem(failure);
      setError(t(key, params));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className="box" onSubmit={submit}>
      <Field
        label={t(`ui.${name}.label`)}
        help={t(`ui.${name}.help`)}
        error={error}
        value={text}
        input={{ maxLength: LONGEST_LINE, enterKeyHint: 'send' }}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" look="primary" off={off || busy || empty}>
        {t(busy ? `ui.${name}.busy` : `ui.${name}.send`)}
      </Button>
    </form>
  );
}

function Answer({ answer }) {
  const { t, number } = useWords();
  const sentences = Array.isArray(answer.answer) ? answer.answer.map(String) : [];
  const facts = { model: String(answer.model ?? ''), seconds: number(Number(answer.seconds) || 0, 1) };
  return (
    <figure className="answer">
      <blockquote>
        {sentences.length > 0 ? <bdi>{sentences.join(' ')}</bdi> : <span className="empty">{t('ui.ask.nothing')}</span>}
      </blockquote>
      <figcaption>{t('ui.ask.facts', facts)}</figcaption>
    </figure>
  );
}

/** What the streamer makes the pal say, and what they ask it without anybody hearing the answer. */
export function Speak({ store }) {
  const { t } = useWords();
  const up = useStore(store, ({ connection }) => connection === 'up');
  const running = useStore(store, ({ status }) => status?.running ?? false);
  const [answer, setAnswer] = useState(null);

  async function ask(text) {
    setAnswer(null);
    setAnswer(await send('api/ask', { text }, THINKING_MS));
  }

  return (
    <Card className="speak" title={t('ui.speak')}>
      <Box name="say" off={!up || !running} onSend={(text) => send('api/say', { text })} />
      <Box name="ask" off={!up} keep onSend={ask} />
      <div aria-live="polite">{answer && <Answer answer={answer} />}</div>
    </Card>
  );
}
