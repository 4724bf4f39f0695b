/** How the captions look, from the address of the overlay: `/overlay?size=64&colour=ffdd00`. Anything odd is left out. */

const PLACES = { bottom: 'flex-end', middle: 'center', top: 'flex-start' };
const SIDES = {
  left: ['left', 'flex-start'],
  centre: ['center', 'center'],
  center: ['center', 'center'],
  right: ['right', 'flex-end'],
};

const FIRST = {
  size: 48,
  colour: '#ffffff',
  outline: 4,
  outlinecolour: '#000000',
  box: '',
  font: '',
  weight: 700,
  position: 'bottom',
  align: 'centre',
  margin: 4,
  lines: 3,
  hold: 2,
  name: '',
  namecolour: '#ffd54a',
  uppercase: false,
};

function number(text, smallest, largest, first) {
  const value = Number(text);
  return text === null || text.trim() === '' || !Number.isFinite(value) ? first : Math.min(largest, Math.max(smallest, value));
}

const OFF = ['0', 'no', 'false', 'off'];
const flag = (text, first) => (text === null ? first : !OFF.includes(text.toLowerCase()));

/** `#rgb`, `#rrggbb` or `#rrggbbaa`, also without the sign that an address would need to escape; or a plain name. */
function colour(text, first) {
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(text ?? '');
  if (hex) return `#${hex[1].toLowerCase()}`;
  return /^[a-z]{3,24}$/i.test(text ?? '') ? text.toLowerCase() : first;
}

const oneOf = (table, text, first) => (Object.hasOwn(table, text ?? '') ? text : first);

/** The wishes in the address; see docs/overlay.md for what each means. */
export function wishes(search) {
  const asked = new URLSearchParams(search);
  const get = (name) => asked.get(name);
  return {
    size: number(get('size'), 8, 400, FIRST.size),
    colour: colour(get('colour') ?? get('color'), FIRST.colour),
    outline: number(get('outline'), 0, 40, FIRST.outline),
    outlinecolour: colour(get('outlinecolour') ?? get('outlinecolor'), FIRST.outlinecolour),
    box: colour(get('box'), FIRST.box),
    font: (get('font') ?? '').replace(/[^\p{L}\p{N} ,_-]/gu, '').slice(0, 80),
    weight: number(get('weight'), 100, 900, FIRST.weight),
    position: oneOf(PLACES, get('position'), FIRST.position),
    align: oneOf(SIDES, get('align'), FIRST.align),
    margin: number(get('margin'), 0, 40, FIRST.margin),
    lines: Math.round(number(get('lines'), 1, 20, FIRST.lines)),
    hold: number(get('hold'), 0, 600, FIRST.hold),
    name: (get('name') ?? FIRST.name).slice(0, 40),
    namecolour: colour(get('namecolour') ?? get('namecolor'), FIRST.namecolour),
    uppercase: flag(get('uppercase'), FIRST.uppercase),
  };
}

/** Have `stage`, the whole picture, and `box`, the caption in it, look as wished. */
export function dress(stage, box, look) {
  const [textAlign, alignItems] = SIDES[look.align];
  const justifyContent = PLACES[look.position];
  Object.assign(stage.style, { justifyContent, alignItems, textAlign, padding: `${look.margin}vmin` });
  Object.assign(box.style, {
    color: look.colour,
    fontSize: `${look.size}px`,
    fontWeight: String(look.weight),
    fontFamily: look.font ? `${look.font}, sans-serif` : '',
    maxHeight: `${look.lines * 1.25}em`,
    textTransform: look.uppercase ? 'uppercase' : '',
  });
  // painted behind the letters, so it may be twice as wide
  box.style.webkitTextStroke = look.outline > 0 ? `${look.outline * 2}px ${look.outlinecolour}` : '';
  if (look.box) Object.assign(box.style, { background: look.box, padding: '0.2em 0.5em' });
}
