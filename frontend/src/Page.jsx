import { useWords } from './i18n.js';

/** What every page is in: `id` is its name in routes.js, `actions` stand beside its heading. */
export function Page({ id, actions, className = '', children }) {
  const { t } = useWords();
  return (
    <div className={`page ${className}`}>
      <header className="page-head">
        <h1>{t(`ui.nav.${id}`)}</h1>
        {actions}
      </header>
      {children}
    </div>
  );
}
