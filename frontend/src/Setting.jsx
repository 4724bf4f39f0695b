import Slider from '@mui/material/Slider';
import Switch from '@mui/material/Switch';
import { memo } from 'react';

import { Button } from './Button.jsx';
import { Field } from './Field.jsx';
import { onStep, refusal, slides, written } from './fields.js';
import { useWords } from './i18n.js';

/** Texts one after the other; each begins where the one before has ended. */
const sentences = (...texts) => texts.filter(Boolean).map((text) => (/[.!?]$/.test(text) ? text : `${text}.`)).join(' ');

const SOURCES = ['environment', 'keychain', 'file'];

function Reset({ field, value, onChange }) {
  const { t } = useWords();
  if (field.secret || value === written(field, field.default)) return null;
  const words = t('form.settings.reset', { value: written(field, field.default) || '–' });
  return (
    <button type="button" className="link" title={words} onClick={() => onChange(field.path, written(field, field.default))}>
      {t('form.settings.reset_short')}
    </button>
  );
}

function Toggle({ id, label, help, error, field, value, onChange }) {
  return (
    <div className="field toggle">
      <label htmlFor={id}>{label}</label>
      <Switch
        checked={value}
        slotProps={{ input: { id, 'aria-describedby': `${id}-help` } }}
        onChange={(event) => onChange(field.path, event.target.checked)}
      />
      <p id={`${id}-help`} className={error === undefined ? 'help' : 'help bad'}>
        {error ?? help}
      </p>
    </div>
  );
}

/** A choice, or one of the names that the computer or the disk offers. */
function Select({ id, label, help, error, field, value, options, onChange }) {
  const listed = options.some(([code]) => code === value) ? options : [...options, [value, value]];
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-help`}
        onChange={(event) => onChange(field.path, event.target.value)}
      >
        {listed.map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
      <p id={`${id}-help`} className={error === undefined ? 'help' : 'help bad'}>
        {error ?? help}
      </p>
    </div>
  );
}

function Secret({ id, label, help, error, field, saved, value, onChange }) {
  const { t } = useWords();
  const source = SOURCES.includes(saved?.source) ? saved.source : 'file';
  const removing = typeof value === 'object';
  const state = removing ? 'removed' : saved?.set ? source : 'unset';
  return (
    <div className="secret">
      <Field
        id={id}
        label={label}
        help={sentences(help, t(`form.secret.where.${state}`))}
        error={error}
        value={removing ? '' : value}
        placeholder={t(saved?.set ? 'form.secret.set' : 'form.secret.unset')}
        input={{ type: 'password', autoComplete: 'new-password', spellCheck: false }}
        onChange={(event) => onChange(field.path, event.target.value)}
      />
      {saved?.set && source !== 'environment' && (
        <Button size="small" look="plain" onClick={() => onChange(field.path, removing ? '' : { clear: true })}>
          {t(removing ? 'form.secret.keep' : 'form.secret.remove')}
        </Button>
      )}
    </div>
  );
}

function Range({ label, field, value, onChange }) {
  const number = Number(value.replace(',', '.'));
  const { min, max, step } = field;
  return (
    <Slider
      aria-label={label}
      {...{ min, max, step }}
      value={Number.isFinite(number) ? Math.min(max, Math.max(min, number)) : min}
      onChange={(_event, next) => onChange(field.path, String(onStep(next, field)))}
    />
  );
}

function Text({ id, label, help, error, field, value, onChange }) {
  const { t } = useWords();
  const lines = field.type === 'list' || field.multiline;
  const hint = field.type === 'list' ? sentences(help, t('form.settings.list')) : help;
  const mode = { int: 'numeric', float: 'decimal' }[field.type];
  return (
    <>
      <Field
        id={id}
        label={label}
        help={hint}
        error={error}
        value={value}
        {...(lines ? { multiline: true, minRows: 2, maxRows: 8 } : {})}
        endAdornment={field.unit ? <span className="unit">{field.unit}</span> : undefined}
        input={{ spellCheck: field.multiline, inputMode: mode }}
        onChange={(event) => onChange(field.path, event.target.value)}
      />
      {slides(field) && <Range label={label} field={field} value={value} onChange={onChange} />}
    </>
  );
}

function Input({ options, ...form }) {
  if (form.field.secret) return <Secret {...form} />;
  if (form.field.type === 'bool') return <Toggle {...form} />;
  return options ? <Select {...form} options={options} /> : <Text {...form} />;
}

/** One setting with its label, help, unit, range, what is wrong with it, and the way back to its default. */
export const Setting = memo(function Setting({ field, words, saved, draft, error, options, onChange }) {
  const { t } = useWords();
  const value = draft ?? written(field, saved);
  const label = t(`${words}.label`, {}, field.label ?? field.name);
  const about = t(`${words}.help`, {}, field.help);
  const help = sentences(about === label ? '' : about, field.restart ? t('form.settings.restart') : '');
  const changed = draft !== undefined && draft !== written(field, saved);
  return (
    <div className={changed ? 'setting is-changed' : 'setting'}>
      <Input
        id={field.path.replace('.', '-')}
        error={refusal(field, error, t)}
        {...{ label, help, field, saved, value, options, onChange }}
      />
      <Reset field={field} value={value} onChange={onChange} />
    </div>
  );
});
