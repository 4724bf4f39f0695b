import { memo, useMemo, useState } from 'react';

import { Button } from './Button.jsx';
import { Card } from './Card.jsx';
import { Dialog } from './Dialog.jsx';
import { Field } from './Field.jsx';
import { useWords } from './i18n.js';
import { Page } from './Page.jsx';
import { Rows } from './Rows.jsx';
import { useResource } from './useResource.js';
import './lists.css';

const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR'];
const ROW = 30;
const EVERY_SECONDS = 2;
const MOST = 2000;

/** One line as it is copied and saved: moment in the user's own zone, level, words. */
export const asText = (line) => `${new Date(line.at * 1000).toISOString()} ${line.level} ${line.name}: ${line.text}`;

const Line = memo(function Line({ line, onOpen }) {
  const { t, time } = useWords();
  const [first, ...others] = line.text.split('\n');
  return (
    <>
      <time>{time(line.at)}</time>
      <span className={`level level-${line.level}`}>{line.level}</span>
      <span className="words" title={`${line.name}: ${first}`}>
        <bdi>{first}</bdi>
      </span>
      {others.length > 0 && (
        <button type="button" className="link" onClick={() => onOpen(line)}>
          {t('list.logs.more')}
        </button>
      )}
    </>
  );
});

function save(lines) {
  const address = URL.createObjectURL(new Blob([lines.map(asText).join('\n'), '\n'], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = 'palfriend-log.txt';
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** `at` may repeat within a clock's tick, so a line is known by its place from the oldest as well. */
function numbered(lines) {
  const seen = new Map();
  return lines.map((line) => {
    const mark = `${line.at} ${line.name} ${line.text}`;
    const count = seen.get(mark) ?? 0;
    seen.set(mark, count + 1);
    return { ...line, id: `${mark} ${count}` };
  });
}

function Tools({ store, lines }) {
  const { t } = useWords();
  async function copy() {
    try {
      await navigator.clipboard.writeText(lines.map(asText).join('\n'));
      store.tell('toast', { key: 'list.logs.copied', kind: 'good' });
    } catch {
      store.tell('toast', { key: 'list.logs.not_copied' }); // over the LAN browsers keep the clipboard to themselves
    }
  }
  return (
    <div className="buttons">
      <Button off={lines.length === 0} onClick={copy}>
        {t('list.logs.copy')}
      </Button>
      <Button off={lines.length === 0} onClick={() => save(lines)}>
        {t('list.logs.download')}
      </Button>
    </div>
  );
}

/** What PalFriend says of itself: no chat, no names, no keys. */
export default function Logs({ store }) {
  const { t } = useWords();
  const [level, setLevel] = useState('INFO');
  const [query, setQuery] = useState('');
  const [opened, setOpened] = useState(null);
  const { data } = useResource(store, `api/logs?level=${level}&limit=${MOST}`, { every: EVERY_SECONDS });
  const shown = useMemo(() => {
    const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const has = (line) => words.every((word) => `${line.name} ${line.text}`.toLocaleLowerCase().includes(word));
    return numbered(data ?? []).filter(has).reverse();
  }, [data, query]);
  return (
    <Page id="logs" actions={<Tools store={store} lines={shown} />}>
      <Card className="stream" title={t('list.logs.title')}>
        <div className="filters">
          <Field
            label={t('list.logs.search')}
            value={query}
            input={{ type: 'search', spellCheck: false }}
            onChange={(event) => setQuery(event.target.value)}
          />
          <label className="choice">
            <span>{t('list.logs.level')}</span>
            <select value={level} onChange={(event) => setLevel(event.target.value)}>
              {LEVELS.map((name) => (
                <option key={name} value={name}>
                  {t(`list.logs.levels.${name}`)}
                </option>
              ))}
            </select>
          </label>
        </div>
        {shown.length === 0 ? (
          <p className="empty">{t('list.logs.none')}</p>
        ) : (
          <Rows items={shown} height={ROW} label={t('list.logs.title')} row={(line) => <Line line={line} onOpen={setOpened} />} />
        )}
        {opened && (
          <Dialog title={opened.name} onClose={() => setOpened(null)}>
            <pre>{opened.text}</pre>
            <div className="buttons">
              <Button onClick={() => setOpened(null)}>{t('list.close')}</Button>
            </div>
          </Dialog>
        )}
      </Card>
    </Page>
  );
}
