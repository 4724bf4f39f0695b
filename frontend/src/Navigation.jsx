import { useEffect, useRef } from 'react';

import { useWords } from './i18n.js';
import { Icon } from './icons.jsx';
import { href, ROUTES } from './routes.js';

/** The way to all pages: a column at the side, on a phone a row at the bottom that scrolls. */
export function Navigation({ page }) {
  const { t } = useWords();
  const list = useRef(null);
  useEffect(() => {
    list.current.querySelector('[aria-current]')?.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
  }, [page]);
  return (
    <nav className="nav" aria-label={t('ui.nav.label')}>
      <p className="brand">
        <img src="./favicon.svg" alt="" width="30" height="30" />
        PalFriend
      </p>
      <ul ref={list}>
        {ROUTES.map((id) => (
          <li key={id}>
            <a href={href(id)} aria-current={id === page ? 'page' : undefined}>
              <Icon name={id} />
              <span>{t(`ui.nav.${id}`)}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
