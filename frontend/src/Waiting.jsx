import { useEffect, useRef, useState } from 'react';

import { problem, read, send } from './api.js';
import { Button } from './Button.jsx';
import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { Icon } from './icons.jsx';
import { placeOf, shifted, useDrag } from './useDrag.js';
import { useStore } from './useStore.js';

const EVERY_MS = 1000;

/** The lines that wait, read again and again while the pal runs; and how to order something about one of them. */
function useLines(store) {
  const running = useStore(store, ({ connection, status }) => connection === 'up' && (status?.running ?? false));
  const [lines, setLines] = useState([]);
  const orders = useRef(0);

  useEffect(() => {
    if (!running) return undefined;
    let timer;
    let current = true;
    async function again() {
      const before = orders.current;
      try {
        const answer = await read('api/outbox');
        // what was read before an order says what was before it
        if (current && orders.current === before) setLines(answer?.lines ?? []);
      } catch {
        // the next reading is a second away, and a lost connection has its own banner
      }
      if (current) timer = setTimeout(again, EVERY_MS);
    }
    again();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [running]);

  async function order(path, body) {
    orders.current += 1;
    try {
      const answer = await send(`api/outbox/${path}`, body);
      setLines(answer?.lines ?? []);
    } catch (error) {
      store.tell('toast', problem(error));
    }
  }

  /** Show them in this order until the server has said what it made of it. */
  const reorder = (ids) => setLines((now) => ids.map((id) => now.find((line) => line.id === id)).filter(Boolean));

  return [running ? lines : [], order, reorder];
}

function Act({ name, line, off, onAct }) {
  const { t } = useWords();
  return (
    <button
      type="button"
      className="act"
      data-act={name}
      title={t(`ui.waiting.${name}`)}
      aria-label={t('ui.waiting.act', { act: t(`ui.waiting.${name}`), text: line.text })}
      aria-disabled={off}
      onClick={() => !off && onAct(name, line)}
    >
      <Icon name={name} />
    </button>
  );
}

function Line({ line, place, last, drag, onAct }) {
  const { t, number } = useWords();
  const act = (name, off = false) => <Act name={name} line={line} off={off} onAct={onAct} />;
  return (
    <li
      data-line={line.id}
      className={drag.dragged === line.id ? 'waiting is-dragged' : 'waiting'}
      style={{ order: drag.order.indexOf(line.id) }}
    >
      <span className="grip" title={t('ui.waiting.drag')} {...drag.handlers(line.id)}>
        <Icon name="grip" />
      </span>
      <span className="words">
        <span className="kind">{t(`ui.kind.${line.kind}`, {}, line.kind)}</span> <bdi>{line.text}</bdi>{' '}
        <small>{t('ui.seconds', { value: number(line.age) })}</small>
      </span>
      <span className="acts">
        {act('up', place === 0)}
        {act('down', last)}
        {act('now')}
        {act('drop')}
      </span>
    </li>
  );
}

/** What waits to be said, to be put in another order, dropped or sent now: by hand, by buttons and by keyboard. */
export function Waiting({ store }) {
  const { t } = useWords();
  const [lines, order, reorder] = useLines(store);
  const [news, setNews] = useState('');
  const list = useRef(null);

  function move(id, to) {
    setNews(t('ui.waiting.moved', { place: to + 1, count: lines.length }));
    reorder(shifted(lines.map((line) => line.id), id, to));
    order(`${id}/move`, { position: to });
  }
  const drag = useDrag(lines.map(({ id }) => id), list, move);

  function act(name, line) {
    const step = { up: -1, down: 1 }[name];
    if (step) move(line.id, placeOf(lines, line.id) + step);
    else order(`${line.id}/${name}`);
  }

  const clear = lines.length > 1 && (
    <Button size="small" onClick={() => order('clear')}>
      {t('ui.waiting.clear')}
    </Button>
  );
  return (
    <Card className="queue" title={t('ui.waiting.title')} actions={clear}>
      {lines.length === 0 && <p className="empty">{t('ui.waiting.none')}</p>}
      <ol ref={list} aria-label={t('ui.waiting.title')}>
        {lines.map((line, place) => (
          <Line key={line.id} line={line} place={place} last={place === lines.length - 1} drag={drag} onAct={act} />
        ))}
      </ol>
      <p className="unseen" role="status">
        {news}
      </p>
    </Card>
  );
}
