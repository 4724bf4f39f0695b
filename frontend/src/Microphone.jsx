import { useState } from 'react';

import { problem, send } from './api.js';
import { Button } from './Button.jsx';
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

/** Its own component, because it moves many times a second. */
function Meter({ store }) {
  const { t, number } = useWords();
  const { rms_dbfs: rms, peak_dbfs: peak, talking } = useStore(store, (state) => state.level);
  const percent = Math.round(meterPart(rms) * 100);
  return (
    <div
      className={talking ? 'meter is-talking' : 'meter'}
      role="meter"
      aria-labelledby="mic-label"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={t('ui.mic_levels', { rms: number(rms, 0), peak: number(peak, 0) })}
    >
      <div style={{ transform: `scaleX(${meterPart(rms)})` }} />
      <i style={{ left: `${meterPart(peak) * 100}%` }} />
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
      className="quiet"
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
          <Button key={kind} className="quiet" off={!reachable || measuring !== ''} onClick={() => measure(kind)}>
            {t(`ui.calibrate.${kind}`)}
          </Button>
        ))}
      </div>
      <p role="status">{measuring ? t(`ui.calibrate.${measuring}_now`) : verdict}</p>
    </details>
  );
}

/** How loud it is, the switch beside it, and how to teach it whose voice counts. */
export function Microphone({ store }) {
  const { t } = useWords();
  return (
    <>
      <div className="mic">
        <span id="mic-label">{t('ui.mic')}</span>
        <Meter store={store} />
        <Talking store={store} />
      </div>
      <Calibration store={store} />
    </>
  );
}
