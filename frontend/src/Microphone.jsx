import { useEffect, useRef, useState } from 'react';

import { problem, send } from './api.js';
import { Button } from './Button.jsx';
import { Card } from './Card.jsx';
import { useWords } from './i18n.js';
import { useCommand } from './useCommand.js';
import { useStore } from './useStore.js';

const QUIETEST_DBFS = -60;
const KINDS = ['quiet', 'speak', 'pal'];
const CALIBRATION_MS = 70_000; // the pal may have to wait for its turn to speak

/** 0..1 along the meter. */
function meterPart(dbfs) {
  return Math.min(1, Math.max(0, 1 - dbfs / QUIETEST_DBFS));
}

/** Moves many times a second, so it is moved by hand: a level never passes through React's state. */
export function Meter({ store }) {
  const { t, number } = useWords();
  const meter = useRef(null);
  const bar = useStore(store, (state) => state.status?.microphone.bar_dbfs ?? null);
  useEffect(() => {
    const { current: element } = meter;
    const [level, peak] = element.children;
    function show({ rms_dbfs: rms, peak_dbfs: loudest, talking }) {
      level.style.transform = `scaleX(${meterPart(rms)})`;
      peak.style.transform = `translateX(${meterPart(loudest) * 100}%)`;
      element.classList.toggle('is-talking', talking);
      element.nextElementSibling.hidden = !talking;
      element.setAttribute('aria-valuenow', Math.round(meterPart(rms) * 100));
      element.setAttribute('aria-valuetext', t('ui.mic_levels', { rms: number(rms), peak: number(loudest) }));
    }
    show(store.level.get());
    return store.level.subscribe(show);
  });
  return (
    <div className="hearing">
      <div ref={meter} className="meter" role="meter" aria-label={t('ui.mic')} aria-valuemin={0} aria-valuemax={100}>
        <div />
        <i />
        {bar !== null && <b title={t('ui.mic_bar')} style={{ left: `${meterPart(bar) * 100}%` }} />}
      </div>
      <p className="heard" hidden>
        {t('ui.mic_hearing')}
      </p>
    </div>
  );
}

/** The switch "I'm talking": the streamer has the floor, whatever the microphone hears. */
function Talking({ store }) {
  const { t } = useWords();
  const talking = useStore(store, (state) => state.status?.talking ?? false);
  const ready = useStore(store, ({ connection, status }) => connection === 'up' && (status?.running ?? false));
  const [busy, command] = useCommand(store);
  return (
    <Button
      off={!ready || busy !== ''}
      onClick={() => command('talking', 'api/talking', { on: !talking })}
    >
      {t(talking ? 'ui.talking.off' : 'ui.talking.on')}
    </Button>
  );
}

/** Measures the streamer, the room and the pal, so that only the streamer's voice counts. */
function Calibration({ store }) {
  const { t } = useWords();
  const reachable = useStore(store, ({ connection }) => connection === 'up');
  const [measuring, setMeasuring] = useState('');
  const [verdict, setVerdict] = useState('');

  async function measure(kind) {
    setMeasuring(kind);
    setVerdict('');
    try {
      const found = await send('api/microphone/calibrate', { kind }, CALIBRATION_MS);
      setVerdict(t(`calibration.${found?.verdict}`, {}, String(found?.text ?? '')));
    } catch (error) {
      store.tell('toast', problem(error));
    } finally {
      setMeasuring('');
    }
  }

  return (
    <details className="calibration">
      <summary>{t('ui.calibrate.title')}</summary>
      <div className="controls">
        {KINDS.map((kind) => (
          <Button key={kind} off={!reachable || measuring !== ''} onClick={() => measure(kind)}>
            {t(`ui.calibrate.${kind}`)}
          </Button>
        ))}
      </div>
      <p role="status">{measuring ? t(`ui.calibrate.${measuring}_now`) : verdict}</p>
    </details>
  );
}

function Floor({ floor }) {
  const { t } = useWords();
  return (
    <p className={`floor is-${floor}`}>
      <span>{t('ui.floor.label')}</span> <b>{t(`ui.floor.${floor}`, {}, floor)}</b>
    </p>
  );
}

/** Who has the floor, how loud it is, the switch beside it, and how to teach it whose voice counts. */
export function Microphone({ store }) {
  const { t } = useWords();
  const floor = useStore(store, (state) => state.status?.floor ?? 'nobody');
  return (
    <Card className="microphone" title={t('ui.mic')}>
      <Floor floor={floor} />
      <Meter store={store} />
      <div className="buttons">
        <Talking store={store} />
      </div>
      <Calibration store={store} />
    </Card>
  );
}
