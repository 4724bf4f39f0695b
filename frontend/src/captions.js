/** When each word of a caption is said. Shared by the dashboard and the overlay. */

const MOST_WORDS = 200;

const isTimed = (one) => typeof one?.word === 'string' && one.word !== '' && Number.isFinite(one.start) && one.start >= 0;

/**
 * `text` in pieces that each begin to be said at `start` (seconds after the caption's beginning); together they are
 * `text`. One piece when `words`, the server's `[{ word, start, end }]`, are not the words of this text.
 */
export function timed(text, words) {
  const whole = [{ text, start: 0 }];
  if (!Array.isArray(words) || words.length === 0 || words.length > MOST_WORDS || !words.every(isTimed)) return whole;
  const pieces = [];
  let from = 0;
  for (const { word, start } of words) {
    const at = text.indexOf(word, from);
    if (at < 0) return whole;
    // what stands before the first word is said with it; what stands between two words ends the first of them
    if (pieces.length > 0) pieces.at(-1).text += text.slice(from, at);
    const before = pieces.length === 0 ? text.slice(0, at) : '';
    pieces.push({ text: before + word, start });
    from = at + word.length;
  }
  pieces.at(-1).text += text.slice(from);
  return pieces;
}
