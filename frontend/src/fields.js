/** The settings' form without its looks: what was typed, what of it differs, how it is sent. */

export const lookUp = (settings, path) => path.split('.').reduce((part, name) => part?.[name], settings);

/** The words of a field: its section's name in the locale files and the key of its texts. */
export const wordsOf = (section, field) => `settings.${section.name || 'general'}.${field.name}`;

/** What stands in the form for a saved value: a list is one entry per line, a number as it is written. */
export function written(field, value) {
  if (field.secret) return '';
  if (field.type === 'list') return (value ?? []).join('\n');
  return field.type === 'bool' ? value === true : String(value ?? '');
}

const numbers = { int: /^[-+]?\d+$/, float: /^[-+]?(\d+([.,]\d*)?|[.,]\d+)$/ };

/** What is sent for what was typed. What is no number goes as it is, for the server to refuse with its reason. */
export function parsed(field, typed) {
  if (field.type === 'bool') return typed;
  const text = field.multiline ? typed : typed.trim();
  if (field.type === 'list') return text.split('\n').map((line) => line.trim()).filter(Boolean);
  return numbers[field.type]?.test(text) ? Number(text.replace(',', '.')) : text;
}

/** An empty secret means "keep the one you have"; `{ clear: true }` removes it. */
export function isChanged(field, saved, typed) {
  if (typed === undefined) return false;
  if (field.secret) return typeof typed === 'object' || typed.trim() !== '';
  return JSON.stringify(parsed(field, typed)) !== JSON.stringify(parsed(field, written(field, saved)));
}

/** The partial settings to send: nested, only what differs. `draft`: path -> as typed. */
export function changes(fields, saved, draft) {
  const partial = {};
  for (const field of fields.filter((one) => isChanged(one, lookUp(saved, one.path), draft[one.path]))) {
    const typed = draft[field.path];
    const value = typeof typed === 'object' ? typed : parsed(field, typed);
    const [section, name] = field.path.includes('.') ? field.path.split('.') : ['', field.path];
    if (section) partial[section] = { ...partial[section], [name]: value };
    else partial[name] = value;
  }
  return partial;
}

/** A slider's value without the dust of binary fractions: 0.8 + 4 × 0.05 is 1. */
export function onStep(value, { min, step }) {
  const digits = (String(step).split('.')[1] ?? '').length;
  return Number((min + Math.round((value - min) / step) * step).toFixed(digits));
}

const MOST_STEPS = 400;

/** Whether a slider helps: a range that is known, and not so fine that nobody could hit a value. */
export function slides({ type, min, max, step, above }) {
  if (!['int', 'float'].includes(type) || above || min === null || max === null || !step) return false;
  return (max - min) / step <= MOST_STEPS;
}

/** Whether the field is meant by these words: in its name, label or help. */
export function isMeant(query, ...texts) {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const text = texts.join('\n').toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}

/** A problem's place in the form: a refused entry of a list belongs to the list. */
export function byField(fields, errors) {
  const placed = {};
  const others = [];
  for (const [path, why] of Object.entries(errors)) {
    const field = fields.find((one) => path === one.path || path.startsWith(`${one.path}.`));
    if (field) placed[field.path] ??= why;
    else others.push(`${path}: ${why}`);
  }
  return { placed, others };
}

/** Why the server refuses what was typed, in the page's language where its range tells it; else in the server's words. */
export function refusal({ type, min, max, above, secret }, why, t) {
  const ranged = ['int', 'float'].includes(type) && !secret && !above && min !== null && max !== null;
  return why !== undefined && ranged ? t(`form.settings.range_${type}`, { min, max }) : why;
}
