/** The keys of panic: Escape twice. */

const TOGETHER_MS = 600;
/** Where Escape means something else: closing a list, taking back what was typed, leaving a dialog. */
const TAKEN = 'input, textarea, select, [contenteditable], dialog, [role=dialog], [role=menu], [role=listbox]';

const counts = (event) =>
  event.key === 'Escape' &&
  !(event.repeat || event.isComposing || event.ctrlKey || event.altKey || event.shiftKey || event.metaKey) &&
  !event.defaultPrevented &&
  !event.target.closest?.(TAKEN) &&
  document.querySelector('dialog[open]') === null;

/** Call `alarm` when Escape is pressed twice within 0.6 s outside of forms and dialogs; returns how to stop listening. */
export function onHurry(alarm, page = window) {
  let before = -Infinity;
  function pressed(event) {
    if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
    const hurried = counts(event) && event.timeStamp - before <= TOGETHER_MS;
    before = counts(event) && !hurried ? event.timeStamp : -Infinity;
    if (hurried) alarm();
  }
  page.addEventListener('keydown', pressed);
  return () => page.removeEventListener('keydown', pressed);
}
