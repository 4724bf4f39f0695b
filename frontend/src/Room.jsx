import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { href } from './routes.js';
import { useResource } from './useResource.js';

const EVERY_SECONDS = 5;
const GIFTS = 6;
const HERE = 24;

const rowsOf = (data, name) => (Array.isArray(data?.[name]) ? data[name].filter((row) => row !== null) : []);
const count = (value) => (Number.isFinite(value) ? value : 0);

function Viewer({ username, nickname }) {
  const name = String(nickname || username || '?');
  return (
    <a href={href('viewers', String(username ?? ''))}>
      <bdi>{name}</bdi>
    </a>
  );
}

function Sum({ name, value }) {
  const { t, number } = useWords();
  return (
    <>
      <b>{number(value)}</b> {t(`ui.gifts.${name}`, { count: value })}
    </>
  );
}

/** The gifts of today: how many, of what worth, and the latest. */
export function Gifts({ store }) {
  const { t, number, time } = useWords();
  const { data } = useResource(store, `api/gifts?limit=${GIFTS}`, { every: EVERY_SECONDS });
  const gifts = rowsOf(data, 'gifts').slice(0, GIFTS);
  const today = data?.today ?? {};
  return (
    <Card className="gifts" title={t('ui.gifts.title')}>
      <p className="sum">
        <Sum name="pieces" value={count(today.pieces)} /> · <Sum name="diamonds" value={count(today.diamonds)} />
      </p>
      {gifts.length === 0 && <p className="empty">{t('ui.gifts.none')}</p>}
      <ol className="rows">
        {gifts.map((gift, place) => (
          <li key={`${gift.at} ${gift.username} ${place}`}>
            <span className="who">
              <Viewer {...gift} />
            </span>
            <span className="words">
              {number(count(gift.count))} × <bdi>{String(gift.gift)}</bdi>
              {gift.thanked === true && <small> {t('ui.gifts.thanked')}</small>}
            </span>
            <time>{time(gift.at)}</time>
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** Who is in the live now, as far as TikTok tells. */
export function Here({ store }) {
  const { t, number } = useWords();
  const { data } = useResource(store, 'api/here', { every: EVERY_SECONDS });
  const viewers = rowsOf(data, 'viewers');
  const total = Math.max(count(data?.count), viewers.length);
  const more = total - Math.min(HERE, viewers.length);
  return (
    <Card className="here" title={t('ui.here.title', { count: number(total) })}>
      {viewers.length === 0 && <p className="empty">{t('ui.here.none')}</p>}
      <ul className="chips">
        {viewers.slice(0, HERE).map((viewer, place) => (
          <li key={`${viewer.username} ${place}`}>
            <Viewer {...viewer} />
          </li>
        ))}
        {viewers.length > 0 && more > 0 && <li>{t('ui.here.more', { count: number(more) })}</li>}
      </ul>
    </Card>
  );
}
