import { memo } from 'react';

import { useWords } from './i18n.js';
import { useStore } from './useStore.js';

const COUNTED = ['gift', 'like'];

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

/** The latest happenings, newest first. */
export function Events({ store }) {
  const { t } = useWords();
  const events = useStore(store, (state) => state.events);
  return (
    <section className="card events" aria-labelledby="events-title">
      <h2 id="events-title">{t('ui.events.title')}</h2>
      {events.length === 0 && <p className="empty">{t('ui.events.none')}</p>}
      <ol className="rows scroll" tabIndex={0} aria-labelledby="events-title">
        {events.map((event) => (
          <Row key={event.id} event={event} />
        ))}
      </ol>
    </section>
  );
}
