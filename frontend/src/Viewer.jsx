import { useState } from 'react';

import { problem, send } from './api.js';
import { Button } from './Button.jsx';
import { Card } from './Card.jsx';
import { Dialog } from './Dialog.jsx';
import { Field } from './Field.jsx';
import { useWords } from './i18n.js';
import { href } from './routes.js';
import { useResource } from './useResource.js';

const LONGEST_NAME = 80;
const LONGEST_NOTES = 2000;
const COUNTS = ['comments', 'gifts', 'diamonds', 'likes', 'follows', 'shares', 'subscriptions', 'streams'];

/** How close pal and viewer are, in a word and as a bar. */
export function Bond({ viewer }) {
  const { t } = useWords();
  return (
    <span>
      <span className="bond" aria-hidden="true">
        <span style={{ width: `${Math.round(Math.min(1, Math.max(0, viewer.bond)) * 100)}%` }} />
      </span>
      {t(`list.viewers.level.${viewer.bond_level}`, {}, viewer.bond_level)}
    </span>
  );
}

/** One of several, of which each may run in its own direction. */
function Name({ name, place }) {
  return (
    <>
      {place > 0 && ', '}
      <bdi>{name}</bdi>
    </>
  );
}

function Figures({ viewer }) {
  const { t, number, date } = useWords();
  const roles = viewer.roles.map((role) => t(`list.viewers.role.${role}`, {}, role)).join(', ');
  const nicknames = viewer.nicknames.filter((name) => name !== viewer.nickname);
  const handles = viewer.usernames.filter((name) => name !== viewer.username).map((name) => `@${name}`);
  const others = [...nicknames, ...handles];
  const facts = [
    ['bond', <Bond key="bond" viewer={viewer} />],
    ['first_seen', date(viewer.first_seen)],
    ['last_seen', date(viewer.last_seen)],
    ['language', viewer.language],
    ['roles', roles],
    ['last_topic', viewer.last_topic],
    ['names', others.length > 0 ? others.map((name, place) => <Name key={name} {...{ name, place }} />) : ''],
    ...COUNTS.map((name) => [name, number(viewer[name])]),
  ];
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== '' && value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{t(`list.viewers.fact.${name}`)}</dt>
            <dd>{typeof value === 'string' ? <bdi>{value}</bdi> : value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Notes({ store, viewer, onSaved }) {
  const { t } = useWords();
  const [draft, setDraft] = useState({});
  const [errors, setErrors] = useState({});
  const value = (name) => draft[name] ?? viewer[name] ?? '';
  const changed = Object.keys(draft).some((name) => draft[name] !== (viewer[name] ?? ''));
  const write = (name) => (event) => setDraft((before) => ({ ...before, [name]: event.target.value }));

  async function save(event) {
    event.preventDefault();
    if (!changed) return;
    try {
      await send(`api/viewers/${encodeURIComponent(viewer.username)}`, draft);
      setDraft({});
      setErrors({});
      store.tell('toast', { key: 'list.viewers.saved', kind: 'good' });
      onSaved();
    } catch (error) {
      setErrors(error.fields);
      if (Object.keys(error.fields).length === 0) store.tell('toast', problem(error));
    }
  }

  return (
    <form onSubmit={save}>
      <Field
        label={t('list.viewers.spoken_name')}
        help={t('list.viewers.spoken_name_help')}
        error={errors.spoken_name}
        value={value('spoken_name')}
        input={{ maxLength: LONGEST_NAME, spellCheck: false }}
        onChange={write('spoken_name')}
      />
      <Field
        label={t('list.viewers.notes')}
        help={t('list.viewers.notes_help')}
        error={errors.notes}
        value={value('notes')}
        multiline
        minRows={3}
        input={{ maxLength: LONGEST_NOTES }}
        onChange={write('notes')}
      />
      <div className="buttons">
        <Button type="submit" look="primary" off={!changed}>
          {t('list.viewers.save')}
        </Button>
      </div>
    </form>
  );
}

function History({ history }) {
  const { t, date, number } = useWords();
  return (
    <ol className="rows history">
      {history.map((entry, place) => (
        <li key={place}>
          <span className={`kind kind-${entry.kind}`}>{t(`ui.kind.${entry.kind}`, {}, entry.kind)}</span>
          <span className="words">
            <bdi>{entry.text}</bdi>
            {entry.count > 1 && ` × ${number(entry.count)}`}
          </span>
          <time>{entry.at ? date(entry.at) : ''}</time>
        </li>
      ))}
    </ol>
  );
}

function Forget({ store, viewer, onGone, onClose }) {
  const { t } = useWords();
  const [busy, setBusy] = useState(false);
  async function forget() {
    setBusy(true);
    try {
      await send(`api/viewers/${encodeURIComponent(viewer.username)}/forget`, {}, 60_000);
      store.tell('toast', { key: 'list.viewers.forgotten', kind: 'good' });
      onGone();
    } catch (error) {
      store.tell('toast', problem(error));
      onClose();
    }
  }
  return (
    <Dialog title={t('list.viewers.forget.title', { name: viewer.nickname || viewer.username })} onClose={onClose}>
      <p>{t('list.viewers.forget.words')}</p>
      <div className="buttons">
        <Button onClick={onClose}>{t('ui.audit.cancel')}</Button>
        <Button look="danger" off={busy} onClick={forget}>
          {t('list.viewers.forget.yes')}
        </Button>
      </div>
    </Dialog>
  );
}

function Known({ store, viewer, reload, onGone }) {
  const { t, date } = useWords();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Card
        title={viewer.nickname || viewer.username}
        actions={<a href={href('viewers')}>{t('list.viewers.back')}</a>}
      >
        <p className="muted">
          <bdi>@{viewer.username}</bdi> {viewer.here && <span className="kind">{t('list.viewers.here')}</span>}
        </p>
        <Figures viewer={viewer} />
        <Notes store={store} viewer={viewer} onSaved={reload} />
        <div className="buttons">
          <a href={`api/viewers/${encodeURIComponent(viewer.username)}/export`} download>
            {t('list.viewers.export')}
          </a>
          <Button look="danger" onClick={() => setAsking(true)}>
            {t('list.viewers.forget.label')}
          </Button>
        </div>
      </Card>
      {viewer.facts.length > 0 && (
        <Card title={t('list.viewers.facts')}>
          <ul>
            {viewer.facts.map((fact, place) => (
              <li key={place}>
                <bdi>{fact.text}</bdi> <small className="muted">{t('list.viewers.source', { source: fact.source, at: date(fact.at) })}</small>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card title={t('list.viewers.history')}>
        {viewer.history.length === 0 ? <p className="empty">{t('list.viewers.no_history')}</p> : <History history={viewer.history} />}
      </Card>
      {asking && <Forget store={store} viewer={viewer} onGone={onGone} onClose={() => setAsking(false)} />}
    </>
  );
}

function Unknown({ username }) {
  const { t } = useWords();
  return (
    <Card title={`@${username}`} actions={<a href={href('viewers')}>{t('list.viewers.back')}</a>}>
      <p className="empty">{t('list.viewers.unknown')}</p>
    </Card>
  );
}

/** One viewer: what is known, what the streamer notes, and the way to forget them. */
export function Viewer({ store, username, onGone }) {
  const { t } = useWords();
  const { data, missing, reload } = useResource(store, `api/viewers/${encodeURIComponent(username)}`);
  if (missing) return <Unknown username={username} />;
  if (data === null) return <p className="empty loading">{t('ui.loading')}</p>;
  return <Known store={store} viewer={data} reload={reload} onGone={onGone} />;
}
