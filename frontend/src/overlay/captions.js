/** The caption on the stream: words that appear as they are said, and go some seconds after the end. */

import { timed } from '../captions.js';

const LONGEST_TEXT = 500;
/** What to wait beyond a caption's own length for an end that may never come. */
const PATIENCE_SECONDS = 5;
const LONGEST_SECONDS = 120;

/**
 * Shows captions in `box` as `look` (see style.js) wishes: from `show(caption)` until `hold` seconds after `end()`. An
 * end that does not come, because PalFriend was ended in the middle, leaves no sentence on the stream.
 */
export function stage(box, look) {
  let timers = [];

  function clear() {
    timers.forEach(clearTimeout);
    timers = [];
    box.replaceChildren();
    box.hidden = true;
  }

  const later = (seconds, work) => timers.push(setTimeout(work, seconds * 1000));

  function word({ text, start }) {
    const span = document.createElement('span');
    span.textContent = text;
    if (start > 0) {
      span.className = 'waits';
      later(start, () => {
        span.className = '';
        // a caption of more lines than wished moves up with its words
        box.scrollTop = span.offsetTop + span.offsetHeight - box.clientHeight;
      });
    }
    return span;
  }

  function label() {
    const name = document.createElement('b');
    name.style.color = look.namecolour;
    name.textContent = `${look.name}: `;
    return name;
  }

  function show(raw) {
    clear();
    const text = typeof raw?.text === 'string' ? raw.text.slice(0, LONGEST_TEXT) : '';
    if (text.trim() === '') return;
    box.hidden = false;
    if (look.name) box.append(label());
    box.append(...timed(text, raw.words).map(word));
    const seconds = Number.isFinite(raw.seconds) ? Math.min(LONGEST_SECONDS, Math.max(0, raw.seconds)) : 0;
    later(seconds * 2 + PATIENCE_SECONDS + look.hold, clear);
  }

  function end() {
    timers.forEach(clearTimeout);
    timers = [];
    box.querySelectorAll('.waits').forEach((span) => span.classList.remove('waits'));
    later(look.hold, clear);
  }

  clear();
  return { show, end, clear };
}
