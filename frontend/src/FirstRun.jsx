import { Button } from './Button.jsx';
import { useWords } from './i18n.js';
import { href } from './routes.js';
import { useResource } from './useResource.js';

/** Points whoever is here for the first time to the set-up. */
export function FirstRun({ store }) {
  const { t } = useWords();
  const { data } = useResource(store, 'api/setup');
  if (data?.done !== false) return null;
  return (
    <aside className="card first-run" aria-label={t('ui.first_run.title')}>
      <div>
        <h2>{t('ui.first_run.title')}</h2>
        <p>{t('ui.first_run.text')}</p>
      </div>
      <Button look="primary" size="large" href={href('setup')}>
        {t('ui.first_run.go')}
      </Button>
    </aside>
  );
}
