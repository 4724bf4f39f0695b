import { memo, useDeferredValue, useMemo, useState } from 'react';

import { Audit } from './Audit.jsx';
import { Card } from './Card.jsx';
import { Field } from './Field.jsx';
import { useWords } from './i18n.js';
import { Page } from './Page.jsx';
import { href } from './routes.js';
import { Rows } from './Rows.jsx';
import { useStore } from './useStore.js';
import { Why } from './Why.jsx';
import './lists.css';

const ROW = 46;
const KINDS = ['comment', 'question', 'gift', 'like', 'join', 'follow', 'share', 'subscribe'];
const COUNTED = ['gift', 'like'];

/** Whether this event is of one of `kinds` (none: of any) and has each word of `query` in it. */
export function fits(event, kinds, query) {
  if (kinds.length > 0 && !kinds.includes(event.kind)) return false;
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const text = `${event.who}\n@${event.username}\n${event.text}`.toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}

const Row = memo(function Row({ event, onWhy }) {
  const { t, time, number } = useWords();
  const count = COUNTED.includes(event.kind) ? ` × ${number(event.count)}` : '';
  return (
    <>
      <span className={`kind kind-${event.kind}`}>{t(`ui.kind.${event.kind}`, {}, event.kind)}</span>
      <span className="words">
        {event.username ? (
          <a className="who" href={href('viewers', event.username)} title={`@${event.username}`}>
            <bdi>{event.who}</bdi>
          </a>
        ) : (
          <bdi className="who">{event.who}</bdi>
        )}{' '}
        <bdi title={event.text}>{event.text}</bdi>
        {count}
      </span>
      <time>{time(event.at)}</time>
      {event.key && (
        <button type="button" className="link" onClick={() => onWhy(event)}>
          {t('list.why.ask')}
        </button>
      )}
    </>
  );
});

function Kinds({ kinds, onChange }) {
  const { t } = useWords();
  const flip = (kind) => onChange(kinds.includes(kind) ? kinds.filter((other) => other !== kind) : [...kinds, kind]);
  return (
    <div className="chips" role="group" aria-label={t('list.events.kinds')}>
      {KINDS.map((kind) => (
        <button key={kind} type="button" className="pick" aria-pressed={kinds.includes(kind)} onClick={() => flip(kind)}>
          {t(`ui.kind.${kind}`)}
        </button>
      ))}
    </div>
  );
}

/** Everything that happened, by kind, viewer and words. */
function Stream({ store }) {
  const { t, number } = useWords();
  const events = useStore(store, (state) => state.events);
  const [kinds, setKinds] = useState([]);
  const [query, setQuery] = useState('');
  const [asked, setAsked] = useState(null);
  const wanted = useDeferredValue(query);
  const shown = useMemo(() => events.filter((event) => fits(event, kinds, wanted)), [events, kinds, wanted]);
  const count = t('list.events.count', { shown: number(shown.length), all: number(events.length) });
  return (
    <Card className="stream" title={t('list.events.title')} actions={<span className="muted">{count}</span>}>
      <div className="filters">
        <Field
          label={t('list.events.search')}
          value={query}
          input={{ type: 'search', spellCheck: false }}
          onChange={(event) => setQuery(event.target.value)}
        />
        <Kinds kinds={kinds} onChange={setKinds} />
      </div>
      {shown.length === 0 ? (
        <p className="empty">{t(events.length === 0 ? 'ui.events.none' : 'list.events.nothing')}</p>
      ) : (
        <Rows
          items={shown}
          height={ROW}
          label={t('list.events.title')}
          row={(event) => <Row event={event} onWhy={setAsked} />}
        />
      )}
      {asked && <Why store={store} event={asked} onClose={() => setAsked(null)} />}
    </Card>
  );
}

/** What happened, and what was made of it. */
export default function Events({ store }) {
  return (
    <Page id="events">
      <Stream store={store} />
      <Audit store={store} />
    </Page>
  );
}
