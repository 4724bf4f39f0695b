import { Button } from './Button.jsx';
import { useWords } from './i18n.js';
import { useStore } from './useStore.js';

function Alert({ alert, onSeen }) {
  const { t, time } = useWords();
  return (
    <li className="alert">
      <div>
        <b>{t(`ui.alert.kind.${alert.kind}`, {}, t('ui.alert.other'))}</b> <time>{time(alert.at)}</time>
        <p>
          <bdi className="who" title={alert.username && `@${alert.username}`}>
            {alert.who}
          </bdi>
          : <bdi>{alert.text}</bdi>
        </p>
      </div>
      <Button size="small" onClick={onSeen}>
        {t('ui.alert.seen')}
      </Button>
    </li>
  );
}

/** Red flags: the streamer must look, the pal does not answer them. Each stays until it is dismissed. */
export function Alerts({ store }) {
  const { t } = useWords();
  const alerts = useStore(store, (state) => state.alerts);
  return (
    <div role="alert" aria-live="assertive">
      {alerts.length > 0 && (
        <>
          <h2 className="unseen">{t('ui.alert.title')}</h2>
          <ul className="alerts">
            {alerts.map((alert) => (
              <Alert key={alert.id} alert={alert} onSeen={() => store.tell('alert_seen', alert.id)} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
