import { memo, useEffect, useRef, useState } from 'react';

import { problem, read } from './api.js';
import { Button } from './Button.jsx';
import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { KEPT_ENTRIES } from './store.js';
import { useStore } from './useStore.js';
import { WordDialog } from './WordDialog.jsx';

const Entry = memo(function Entry({ entry }) {
  const { t, time } = useWords();
  return (
    <li className={entry.action === 'red_flag' ? 'flagged' : undefined}>
      <span className="kind">{t(`ui.audit.action.${entry.action}`, {}, entry.action)}</span>
      <div className="words">
        <span className="rule">{t(`ui.rule.${entry.rule}`, {}, entry.reason || entry.rule)}</span>
        {entry.username && <bdi className="who"> @{entry.username}</bdi>}
        {entry.text && (
          <p>
            <bdi>{entry.text}</bdi>
          </p>
        )}
        {entry.said && (
          <p>
            {t('ui.audit.instead')} <bdi>{entry.said}</bdi>
          </p>
        )}
      </div>
      <time>{time(entry.at)}</time>
    </li>
  );
});

async function load(store) {
  try {
    const answer = await read(`api/audit?limit=${KEPT_ENTRIES}`);
    store.tell('audit', answer?.entries ?? []);
  } catch (error) {
    store.tell('toast', problem(error));
  }
}

/** The word that is marked in `list`, for the dialog to begin with; only one line, and not an essay. */
function marked(list) {
  const selection = window.getSelection();
  if (!list || !selection?.anchorNode || !list.contains(selection.anchorNode)) return '';
  return selection.toString().split('\n')[0].trim().slice(0, 100);
}

/** A press on a button would take the mark away. */
const keepMark = (event) => event.preventDefault();

/** What the pal kept to itself or said differently, why, and how to teach it. */
export function Audit({ store }) {
  const { t } = useWords();
  const entries = useStore(store, (state) => state.audit);
  const reachable = useStore(store, (state) => state.connection === 'up');
  const [asked, setAsked] = useState(null);
  const list = useRef(null);
  useEffect(() => {
    if (reachable) load(store);
  }, [reachable, store]);
  const ask = (verdict) => setAsked({ verdict, word: marked(list.current) });
  return (
    <Card className="audit" title={t('ui.audit.title')}>
      <div className="buttons">
        <Button onMouseDown={keepMark} onClick={() => ask('allow')}>
          {t('ui.audit.allow.label')}
        </Button>
        <Button onMouseDown={keepMark} onClick={() => ask('block')}>
          {t('ui.audit.block.label')}
        </Button>
        <Button off={!reachable} onClick={() => load(store)}>
          {t('ui.audit.reload')}
        </Button>
        <a href="api/audit/export" download>
          {t('ui.audit.export')}
        </a>
      </div>
      {entries.length === 0 && <p className="empty">{t('ui.audit.none')}</p>}
      {entries.length > 0 && (
        <ol className="rows" ref={list} tabIndex={0} aria-label={t('ui.audit.title')}>
          {entries.map((entry, place) => (
            <Entry key={entry.id || `place ${place}`} entry={entry} />
          ))}
        </ol>
      )}
      {asked && <WordDialog {...asked} onTaught={() => load(store)} onClose={() => setAsked(null)} />}
    </Card>
  );
}
