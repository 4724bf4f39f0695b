import { useEffect, useState } from 'react';

import { problem, read } from './api.js';
import { Button } from './Button.jsx';
import { Dialog } from './Dialog.jsx';
import { useWords } from './i18n.js';
import { WordDialog } from './WordDialog.jsx';

const STEPS = ['chosen', 'asked', 'first_sentence', 'answered', 'spoken'];

/** The card of the happening with this key: `undefined` while it is looked for, `null` when there is none. */
function useCard(key) {
  const [found, setFound] = useState({ card: undefined, failure: null });
  useEffect(() => {
    let current = true;
    async function look() {
      const { entries } = await read(`api/utterances?limit=1&key=${encodeURIComponent(key)}`);
      return entries.length > 0 ? read(`api/utterances/${entries[0].id}`) : null;
    }
    look().then(
      (card) => current && setFound({ card, failure: null }),
      (error) => current && setFound({ card: null, failure: problem(error) }),
    );
    return () => {
      current = false;
    };
  }, [key]);
  return found;
}

function useReason() {
  const { t } = useWords();
  return (code) => (code ? t(`ui.skipped.${code}`, {}, t(`reason.${code}`, {}, t(`ui.rule.${code}`, {}, code))) : '');
}

function Fact({ name, children }) {
  const { t } = useWords();
  return (
    <div>
      <dt>{t(`list.why.${name}`)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Line({ line }) {
  const { t } = useWords();
  const reason = useReason();
  const fate = line.spoken_at ? 'spoken' : line.action === 'refuse' ? 'refused' : 'waiting';
  return (
    <li>
      <p>
        <b>{t(`list.why.line.${fate}`)}</b> <bdi>{line.said || line.text}</bdi>
      </p>
      {line.action && line.action !== 'pass' && <p className="help">{reason(line.rule) || line.reason}</p>}
      {line.said && line.said !== line.text && (
        <p className="help">
          {t('list.why.meant')} <bdi>{line.text}</bdi>
        </p>
      )}
    </li>
  );
}

/** When what happened, counted from the moment at which the event came. */
function Timings({ timings }) {
  const { t, number } = useWords();
  const known = STEPS.filter((step) => Number.isFinite(timings[step]));
  return known.map((step) => (
    <Fact key={step} name={`step.${step}`}>
      {t('ui.seconds', { value: number(Math.max(0, timings[step] - timings.heard), 1) })}
    </Fact>
  ));
}

function Prompt({ prompt }) {
  const { t } = useWords();
  return (
    <details>
      <summary>{t('list.why.prompt')}</summary>
      {prompt.map((message, place) => (
        <div key={place}>
          <b>{message.role}</b>
          <pre>{message.content}</pre>
        </div>
      ))}
    </details>
  );
}

function Passages({ passages }) {
  const { t } = useWords();
  return (
    <details>
      <summary>{t('list.why.passages', { count: passages.length })}</summary>
      <ul>
        {passages.map((passage, place) => (
          <li key={place}>
            <bdi>{typeof passage === 'string' ? passage : `${passage.source}: ${passage.text}`}</bdi>
          </li>
        ))}
      </ul>
    </details>
  );
}

function CardFacts({ card }) {
  const { t, number } = useWords();
  const reason = useReason();
  const decided = card.fate || (card.lines.length > 0 ? 'line' : 'none');
  return (
    <dl className="facts">
      <Fact name="fate">
        {t(`list.why.fates.${decided}`, {}, decided)}
        {card.reason && ` – ${reason(card.reason)}`}
      </Fact>
      {card.score !== null && <Fact name="score">{number(card.score, 2)}</Fact>}
      {card.rule && <Fact name="rule">{reason(card.rule)}</Fact>}
      {card.model && <Fact name="model">{card.cached ? t('list.why.cached', { model: card.model }) : card.model}</Fact>}
      {card.persona && <Fact name="persona">{card.persona}</Fact>}
      {card.error && <Fact name="error">{reason(card.error)}</Fact>}
      {card.background && <Fact name="background">{card.background}</Fact>}
      <Timings timings={card.timings} />
    </dl>
  );
}

function Body({ card, failure }) {
  const { t } = useWords();
  if (failure) return <p role="alert">{t(failure.key, failure.params)}</p>;
  if (card === undefined) return <p className="empty">{t('ui.loading')}</p>;
  if (card === null) return <p className="empty">{t('list.why.none')}</p>;
  return (
    <>
      <CardFacts card={card} />
      {card.lines.length > 0 && (
        <ol className="why-lines">
          {card.lines.map((line, place) => (
            <Line key={place} line={line} />
          ))}
        </ol>
      )}
      {card.passages.length > 0 && <Passages passages={card.passages} />}
      {card.prompt.length > 0 && <Prompt prompt={card.prompt} />}
    </>
  );
}

/** Why the pal did what it did with this event, and a way to say "never again". */
export function Why({ store, event, onClose }) {
  const { t } = useWords();
  const found = useCard(event.key);
  const [teaching, setTeaching] = useState(false);
  if (teaching) {
    const said = found.card?.lines.find((line) => line.said)?.said ?? '';
    const taught = () => store.tell('toast', { key: 'list.why.taught', kind: 'good' });
    return <WordDialog verdict="block" word={said.slice(0, 100)} onTaught={taught} onClose={onClose} />;
  }
  return (
    <Dialog title={t('list.why.title')} onClose={onClose}>
      <p className="why-event">
        <b>{t(`ui.kind.${event.kind}`, {}, event.kind)}</b> <bdi className="who">{event.who}</bdi> <bdi>{event.text}</bdi>
      </p>
      <Body {...found} />
      <div className="buttons">
        <Button look="danger" onClick={() => setTeaching(true)}>
          {t('ui.audit.block.label')}
        </Button>
        <Button onClick={onClose}>{t('list.close')}</Button>
      </div>
    </Dialog>
  );
}
