import { memo } from 'react';

import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { href } from './routes.js';
import { useStore } from './useStore.js';

const COUNTED = ['gift', 'like'];
const SHOWN = 12;

const Row = memo(function Row({ event }) {
  const { t, time, number } = useWords();
  const count = COUNTED.includes(event.kind) ? `× ${number(event.count)}` : '';
  return (
    <li>
      <span className={`kind kind-${event.kind}`}>{t(`ui.kind.${event.kind}`, {}, event.kind)}</span>
      <span className="words">
        <bdi className="who" title={event.username && `@${event.username}`}>
          {event.who}
        </bdi>{' '}
        <bdi>{event.text}</bdi> {count}
      </span>
      <time>{time(event.at)}</time>
    </li>
  );
});

/** The latest happenings, newest first; the page Events has all of them. */
export function Latest({ store }) {
  const { t } = useWords();
  const events = useStore(store, (state) => state.events);
  return (
    <Card className="events" title={t('ui.events.title')} actions={<a href={href('events')}>{t('ui.events.all')}</a>}>
      {events.length === 0 && <p className="empty">{t('ui.events.none')}</p>}
      <ol className="rows">
        {events.slice(0, SHOWN).map((event) => (
          <Row key={event.id} event={event} />
        ))}
      </ol>
    </Card>
  );
}
