import { useDeferredValue, useState } from 'react';

import { Card } from './Card.jsx';
import { Button } from './Button.jsx';
import { Field } from './Field.jsx';
import { useWords } from './i18n.js';
import { Page } from './Page.jsx';
import { go, href } from './routes.js';
import { useResource } from './useResource.js';
import { Bond, Viewer } from './Viewer.jsx';
import './lists.css';

const MORE = 50;
const EVERY_SECONDS = 10;
/** Column -> how it is sorted; the ones without an order are not. */
const COLUMNS = [
  { id: 'nickname', sort: 'nickname' },
  { id: 'bond', sort: 'bond' },
  { id: 'last_seen', sort: 'last_seen' },
  { id: 'comments', sort: 'comments', figure: true },
  { id: 'diamonds', sort: 'diamonds', figure: true },
  { id: 'streams', figure: true, wide: true },
];

const looks = ({ figure, wide }) => [figure && 'figure-cell', wide && 'wide-only'].filter(Boolean).join(' ') || undefined;

function Heads({ sort, onSort }) {
  const { t } = useWords();
  return (
    <tr>
      {COLUMNS.map((column) => (
        <th
          key={column.id}
          scope="col"
          className={looks(column)}
          aria-sort={column.sort === sort ? (sort === 'nickname' ? 'ascending' : 'descending') : undefined}
        >
          {column.sort ? (
            <button type="button" onClick={() => onSort(column.sort)}>
              {t(`list.viewers.column.${column.id}`)} {column.sort === sort && <span aria-hidden="true">▾</span>}
            </button>
          ) : (
            t(`list.viewers.column.${column.id}`)
          )}
        </th>
      ))}
    </tr>
  );
}

function Row({ viewer }) {
  const { t, date, number } = useWords();
  return (
    <tr>
      <td>
        <a className="who" href={href('viewers', viewer.username)}>
          <bdi>{viewer.nickname || viewer.username}</bdi>
        </a>{' '}
        {viewer.here && <span className="kind">{t('list.viewers.here')}</span>}
        <div className="muted">
          <bdi>@{viewer.username}</bdi>
        </div>
      </td>
      <td>
        <Bond viewer={viewer} />
      </td>
      <td>
        <time>{date(viewer.last_seen)}</time>
      </td>
      <td className="figure-cell">{number(viewer.comments)}</td>
      <td className="figure-cell">{number(viewer.diamonds)}</td>
      <td className="figure-cell wide-only">{number(viewer.streams)}</td>
    </tr>
  );
}

function Table({ store }) {
  const { t, number } = useWords();
  const [query, setQuery] = useState('');
  const [sort, setSort] = useState('last_seen');
  const [most, setMost] = useState(MORE);
  const wanted = useDeferredValue(query);
  const address = `api/viewers?query=${encodeURIComponent(wanted)}&sort=${sort}&limit=${most}`;
  const { data, missing } = useResource(store, address, { every: EVERY_SECONDS });
  // while the next search is on its way the last answer stays, so that nothing flickers while somebody types
  const [known, setKnown] = useState(null);
  if (data && data !== known) setKnown(data);
  const found = missing ? null : (data ?? known);
  const viewers = found?.viewers ?? [];
  return (
    <Card
      className="stream"
      title={t('list.viewers.title')}
      actions={found && <span className="muted">{t('list.viewers.count', { count: number(found.total) })}</span>}
    >
      <div className="filters">
        <Field
          label={t('list.viewers.search')}
          value={query}
          input={{ type: 'search', spellCheck: false }}
          onChange={(event) => setQuery(event.target.value)}
        />
      </div>
      {missing && <p className="empty">{t('list.viewers.off')}</p>}
      {found && viewers.length === 0 && <p className="empty">{t(wanted ? 'list.viewers.nothing' : 'list.viewers.none')}</p>}
      {viewers.length > 0 && (
        <div className="table-box" tabIndex={0} role="group" aria-label={t('list.viewers.title')}>
          <table className="table viewers-table">
            <thead>
              <Heads sort={sort} onSort={setSort} />
            </thead>
            <tbody>
              {viewers.map((viewer) => (
                <Row key={viewer.username} viewer={viewer} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found && viewers.length < found.total && (
        <div className="buttons">
          <Button onClick={() => setMost(most + MORE)}>{t('list.viewers.more')}</Button>
        </div>
      )}
    </Card>
  );
}

/** Who watches: all of them as a table, or the one whom the address names. */
export default function Viewers({ store, rest }) {
  const [username] = rest;
  return (
    <Page id="viewers">
      {username ? <Viewer key={username} store={store} username={username} onGone={() => go('viewers')} /> : <Table store={store} />}
    </Page>
  );
}
