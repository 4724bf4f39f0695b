import { useState } from 'react';

import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { useResource } from './useResource.js';

const EVERY_SECONDS = 5;
const KEPT_MINUTES = 60;
const WIDTH = KEPT_MINUTES * 10;
const HEIGHT = 100;
const MINUTE = 60;

/** The minutes up to the newest of these, one for each of an hour; those without any happening are empty. */
export function lastHour(minutes) {
  const last = minutes.at(-1)?.at ?? 0;
  const known = new Map(minutes.map((minute) => [minute.at, minute]));
  return Array.from({ length: KEPT_MINUTES }, (_, place) => {
    const at = last - (KEPT_MINUTES - 1 - place) * MINUTE;
    return known.get(at) ?? { at, comments: 0, gifts: 0, viewers: null };
  });
}

const largest = (hour, name) => Math.max(1, ...hour.map((minute) => minute[name] ?? 0));

/** Bars as one path, from `offset` of each minute's ten. */
function bars(hour, name, top, offset) {
  return hour
    .map((minute, place) => {
      const height = (minute[name] / top) * HEIGHT;
      return height > 0 ? `M${place * 10 + offset} ${HEIGHT}v${-height}h4v${height}z` : '';
    })
    .join('');
}

/** Where nobody knows how many watch the line has a gap. */
function line(hour, top) {
  let pen = 'M';
  return hour
    .map(({ viewers }, place) => {
      const move = viewers === null ? '' : `${pen}${place * 10 + 5} ${HEIGHT - (viewers / top) * HEIGHT}`;
      pen = viewers === null ? 'M' : 'L';
      return move;
    })
    .join('');
}

function Key({ name, value }) {
  const { t, number } = useWords();
  return (
    <li className={`key is-${name}`}>
      {t(`ui.chart.${name}`)} <b>{value === null ? '–' : number(value)}</b>
    </li>
  );
}

/** Comments and gifts per minute as bars, viewers as a line, over the last hour; as the server counts them. */
export function Chart({ store }) {
  const { t, number, time } = useWords();
  const { data } = useResource(store, 'api/history', { every: EVERY_SECONDS });
  const hour = lastHour(data?.minutes ?? []);
  const [at, setAt] = useState(null);
  const total = (name) => hour.reduce((sum, minute) => sum + minute[name], 0);
  const looked = hour[at ?? KEPT_MINUTES - 1];
  const top = Math.max(largest(hour, 'comments'), largest(hour, 'gifts'));
  const most = largest(hour, 'viewers');
  const sums = { comments: number(total('comments')), gifts: number(total('gifts')) };

  function look(event) {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setAt(Math.max(0, Math.min(KEPT_MINUTES - 1, Math.floor(((event.clientX - left) / width) * KEPT_MINUTES))));
  }

  return (
    <Card className="chart" title={t('ui.chart.title')}>
      <div className="plot" onPointerMove={look} onPointerLeave={() => setAt(null)}>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t('ui.chart.summary', { ...sums, viewers: number(looked.viewers ?? 0) })}
        >
          {at !== null && <rect className="looked" x={at * 10} width="10" height={HEIGHT} />}
          <path className="bars is-comments" d={bars(hour, 'comments', top, 0.5)} />
          <path className="bars is-gifts" d={bars(hour, 'gifts', top, 5)} />
          <path className="line is-viewers" d={line(hour, most)} />
        </svg>
        <span className="scale">{number(top)}</span>
        <span className="scale is-viewers">{number(most)}</span>
      </div>
      <ul className="keys">
        <Key name="comments" value={looked.comments} />
        <Key name="gifts" value={looked.gifts} />
        <Key name="viewers" value={looked.viewers} />
        <li className="when">{at === null ? t('ui.chart.now') : time(looked.at)}</li>
      </ul>
    </Card>
  );
}
