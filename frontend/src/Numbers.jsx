import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { NO_STATUS } from './store.js';
import { useStore } from './useStore.js';

const KINDS = ['comment', 'gift', 'like', 'join', 'follow', 'share', 'subscribe'];

/** Characters that fit in large letters. */
const SHORT = 6;

/** `size`: small (a third of the card), half, wide (half, and all of it on a phone) or whole. */
function Figure({ name, size = 'small', children }) {
  const { t } = useWords();
  const long = typeof children === 'string' && children.length > SHORT ? 'long' : '';
  return (
    <div className={`figure ${size} ${long}`}>
      <dt>{t(`ui.number.${name}`)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Latency({ name, value }) {
  const { t, number } = useWords();
  const seconds = (part) => (part === null ? '–' : t('ui.seconds', { value: number(part, 1) }));
  return (
    <Figure name={name} size="wide">
      {seconds(value.p50)} <small>{t('ui.number.p95', { value: seconds(value.p95) })}</small>
    </Figure>
  );
}

/** What the model has cost so far, in the currency of the prices in the settings; without prices only its words count. */
function Cost({ cost }) {
  const { t, number } = useWords();
  const tokens = cost.input_tokens + cost.output_tokens;
  const about = cost.estimated ? '≈ ' : '';
  const words = { requests: number(cost.requests), tokens: about + number(tokens) };
  return (
    <Figure name="cost" size="whole">
      {cost.money > 0 ? about + number(cost.money, cost.money < 1 ? 4 : 2) : '–'} <small>{t('ui.number.tokens', words)}</small>
      {cost.cap_reached && <small className="bad"> {t('ui.number.cap')}</small>}
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

/** How it goes: what was counted, how fast answers are, what they cost. */
export function Numbers({ store }) {
  const { t, number } = useWords();
  const status = useStore(store, (state) => state.status) ?? NO_STATUS;
  const { counters, latency } = status;
  return (
    <Card className="numbers" title={t('ui.numbers')}>
      <dl className="figures">
        <Figure name="viewers">{status.viewers === null ? '–' : number(Number(status.viewers))}</Figure>
        <Figure name="likes">{number(status.likes)}</Figure>
        <Figure name="answered">{number(counters.answered)}</Figure>
        <Figure name="spoken">{number(counters.spoken)}</Figure>
        <Figure name="queue">{number(status.queue)}</Figure>
        <Figure name="streaks">{number(counters.gifts.streaks)}</Figure>
        <Figure name="diamonds" size="half">{number(counters.gifts.diamonds)}</Figure>
        <Figure name="duplicates" size="half">{number(counters.duplicates)}</Figure>
        <Latency name="question_to_speech" value={latency.question_to_speech} />
        <Latency name="gift_to_speech" value={latency.gift_to_speech} />
        <Cost cost={status.cost} />
      </dl>
      <Kinds counts={counters.events} />
      <Skipped reasons={counters.skipped} />
    </Card>
  );
}
