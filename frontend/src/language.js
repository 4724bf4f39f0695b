/** The language that the server's own sentences are asked for in: that of the page. */

let current = 'en';
const readers = new Set();

export const language = () => current;

/** From now on they are to be in this one. */
export function speak(next) {
  if (next === current) return;
  current = next;
  readers.forEach((reader) => reader(next));
}

/** Be called with each new one, until the returned function is called. */
export function onLanguage(reader) {
  readers.add(reader);
  return () => readers.delete(reader);
}
