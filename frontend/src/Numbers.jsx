import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { NO_STATUS } from './store.js';
import { useStore } from './useStore.js';

const KINDS = ['comment', 'gift', 'like', 'join', 'follow', 'share', 'subscribe'];

function Figure({ name, wide, children }) {
  const { t } = useWords();
  return (
    <div className={wide ? 'figure wide' : 'figure'}>
      <dt>{t(`ui.number.${name}`)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Latency({ name, value }) {
  const { t, number } = useWords();
  const seconds = (part) => (part === null ? '–' : t('ui.seconds', { value: number(part, 1) }));
  return (
    <Figure name={name} wide>
      {seconds(value.p50)} <small>{t('ui.number.p95', { value: seconds(value.p95) })}</small>
    </Figure>
  );
}

function Kinds({ counts }) {
  const { t, number } = useWords();
  const names = [...new Set([...KINDS, ...Object.keys(counts)])];
  return (
    <ul className="chips" aria-label={t('ui.number.events')}>
      {names.map((kind) => (
        <li key={kind}>
          {t(`ui.kind.${kind}`, {}, kind)} <b data-kind={kind}>{number(counts[kind] ?? 0)}</b>
        </li>
      ))}
    </ul>
  );
}

function Skipped({ reasons }) {
  const { t, number } = useWords();
  const rows = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  return (
    <details>
      <summary>{t('ui.number.skipped', { value: number(total) })}</summary>
      <ul>
        {rows.map(([code, count]) => (
          <li key={code}>
            {t(`ui.skipped.${code}`, {}, t(`reason.${code}`, {}, code))}: {number(count)}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** How it goes: what was counted, how fast answers are. */
export function Numbers({ store }) {
  const { t, number } = useWords();
  const status = useStore(store, (state) => state.status) ?? NO_STATUS;
  const { counters, latency } = status;
  return (
    <Card className="numbers" title={t('ui.numbers')}>
      <dl className="figures">
        <Figure name="answered">{number(counters.answered)}</Figure>
        <Figure name="spoken">{number(counters.spoken)}</Figure>
        <Figure name="queue">{number(status.queue)}</Figure>
        <Figure name="streaks">{number(counters.gifts.streaks)}</Figure>
        <Figure name="diamonds">{number(counters.gifts.diamonds)}</Figure>
        <Figure name="duplicates">{number(counters.duplicates)}</Figure>
        <Latency name="question_to_speech" value={latency.question_to_speech} />
        <Latency name="gift_to_speech" value={latency.gift_to_speech} />
      </dl>
      <Kinds counts={counters.events} />
      <Skipped reasons={counters.skipped} />
    </Card>
  );
}
