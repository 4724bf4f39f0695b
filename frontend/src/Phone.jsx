import { Button } from './Button.jsx';
import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { useCommand } from './useCommand.js';
import { useResource } from './useResource.js';

const SPACE = 'lan';

/** As an image, so that nothing in it can be more than a picture. */
const picture = (svg) => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;

function Code({ url, qr }) {
  const { t } = useWords();
  return (
    <div className="code">
      {qr && <img src={picture(String(qr))} alt={t('ui.phone.code')} width="200" height="200" />}
      <p>{t('ui.phone.how')}</p>
      {url && (
        <p>
          <a href={String(url)}>{String(url)}</a>
        </p>
      )}
    </div>
  );
}

/** Why the door stays shut, in the server's texts of that, or else in its own words. */
function Problem({ code, params, text }) {
  const { t } = useWords();
  return <p className="bad">{t([SPACE, code].join('.'), params, String(text ?? ''))}</p>;
}

/** The dashboard for a phone in the same network: off until it is wanted, then a code to scan. */
export function Phone({ store }) {
  const { t } = useWords();
  const { data, reload } = useResource(store, 'api/lan');
  const [busy, command] = useCommand(store);
  if (typeof data?.on !== 'boolean') return null;

  async function turn() {
    await command('lan', 'api/lan', { on: !data.on });
    reload();
  }

  return (
    <Card className="phone" title={t('ui.phone.title')}>
      {data.on && <Code {...data} />}
      {!data.on && <p className="help">{t('ui.phone.help')}</p>}
      {data.problem && <Problem {...data.problem} />}
      <div className="buttons">
        <Button off={busy !== ''} onClick={turn}>
          {t(data.on ? 'ui.phone.off' : 'ui.phone.on')}
        </Button>
      </div>
    </Card>
  );
}
