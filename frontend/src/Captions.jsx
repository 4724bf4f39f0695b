import { memo } from 'react';

import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { Mouth } from './Mouth.jsx';
import { useStore } from './useStore.js';

/** Lines said before; more stand on the page Events. */
const SHOWN = 5;

const Line = memo(function Line({ line }) {
  const { t, time } = useWords();
  return (
    <li>
      <span className="kind">{t(`ui.kind.${line.kind}`, {}, line.kind)}</span>
      <bdi className="words">{line.text}</bdi>
      <time>{time(line.at)}</time>
    </li>
  );
});

function Now({ caption, silenced }) {
  const { t } = useWords();
  if (caption === null) return <p className="now silent">{t(`ui.captions.${silenced ?? 'silent'}`)}</p>;
  return (
    <p className="now" key={caption.id}>
      <span className="kind">{t(`ui.kind.${caption.kind}`, {}, caption.kind)}</span>
      <bdi>
        {caption.pieces.map((piece, place) => (
          <span key={place} className="word" style={{ animationDelay: `${piece.start}s` }}>
            {piece.text}
          </span>
        ))}
      </bdi>
      {caption.seconds > 0 && <span className="progress" style={{ animationDuration: `${caption.seconds}s` }} />}
    </p>
  );
}

/** The way to the captions that OBS can show. */
function Overlay() {
  const { t } = useWords();
  return (
    <a href="./overlay" target="_blank" rel="noreferrer">
      {t('ui.captions.overlay')}
    </a>
  );
}

/** What the pal says now, and what it said before. */
export function Captions({ store }) {
  const { t } = useWords();
  const caption = useStore(store, (state) => state.caption);
  const silenced = useStore(store, (state) => state.status?.silenced ?? null);
  const lines = useStore(store, (state) => state.lines);
  const said = lines.filter((line) => line !== caption).slice(0, SHOWN);
  return (
    <Card className="captions" title={t('ui.captions.title')} actions={<Overlay />}>
      <div aria-live="polite">
        <Now caption={caption} silenced={silenced} />
      </div>
      <Mouth store={store} />
      <ol className="rows" tabIndex={0} aria-label={t('ui.captions.before')}>
        {said.map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </ol>
    </Card>
  );
}
