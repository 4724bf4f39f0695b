import { useEffect, useRef } from 'react';

import { useWords } from './i18n.js';
import { Icon } from './icons.jsx';
import { href, ROUTES } from './routes.js';

/** The way to all pages: a column at the side, on a phone a row at the bottom that scrolls. */
export function Navigation({ page }) {
  const { t } = useWords();
  const row = useRef(null);
  useEffect(() => {
    // not scrollIntoView: where the row lies, at the bottom edge, it would move the whole page
    const link = row.current.querySelector('[aria-current]')?.getBoundingClientRect();
    const seen = row.current.getBoundingClientRect();
    if (link) row.current.scrollLeft += Math.max(0, link.right - seen.right) - Math.max(0, seen.left - link.left);
  }, [page]);
  return (
    <nav className="nav" aria-label={t('ui.nav.label')} ref={row}>
      <p className="brand">
        <img src="./favicon.svg" alt="" width="30" height="30" />
        PalFriend
      </p>
      <ul>
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
