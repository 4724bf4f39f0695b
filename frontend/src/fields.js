/** The settings of the first minutes, and what of them was changed. */

export const FIELDS = [
  { path: 'tiktok.unique_id' },
  { path: 'openai.api_key', secret: true },
  { path: 'openai.base_url', inputMode: 'url' },
  { path: 'openai.model' },
  { path: 'animaze.port', inputMode: 'numeric', numeric: true },
];

export const lookUp = (settings, path) => path.split('.').reduce((part, name) => part?.[name], settings);

/** A number where the text is one; else the text, for the server to refuse with its reason. */
function parse({ numeric }, text) {
  const trimmed = text.trim();
  return numeric && /^\d+$/.test(trimmed) ? Number(trimmed) : trimmed;
}

function isChanged(field, saved, text) {
  if (text === undefined) return false;
  // an empty secret means "keep the one you have"
  return field.secret ? text.trim() !== '' : text.trim() !== String(lookUp(saved, field.path) ?? '');
}

/** The partial settings to send: nested, holding only what differs from `saved`. `draft`: path -> text as typed. */
export function changes(saved, draft) {
  const partial = {};
  for (const field of FIELDS.filter((one) => isChanged(one, saved, draft[one.path]))) {
    const [section, name] = field.path.split('.');
    partial[section] = { ...partial[section], [name]: parse(field, draft[field.path]) };
  }
  return partial;
}
