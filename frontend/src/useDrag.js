import { useRef, useState } from 'react';

export const placeOf = (items, id) => items.findIndex((item) => item.id === id);

/** `ids` with `id` moved to `place`. */
export function shifted(ids, id, place) {
  const rest = ids.filter((other) => other !== id);
  return [...rest.slice(0, place), id, ...rest.slice(place)];
}

/** Where among the rows (in their order, without the dragged one) a pointer at `y` is: how many middles are above it. */
export function placeAt(middles, y) {
  return middles.filter((middle) => middle < y).length;
}

/**
 * Rows of `list` (each with `data-line`) put in another order with the mouse, a finger or a pen.
 *
 * `order`: the ids as they are to be shown, by the style `order` of the rows: a row that is taken out of the page and put
 * in elsewhere would lose the pointer; `dragged`: the one in hand; `handlers(id)`: for what it is gripped by.
 * `onDrop(id, place)` when it was put down somewhere else. A lost pointer leaves all as it was.
 */
export function useDrag(ids, list, onDrop) {
  const [hand, setHand] = useState(null);
  // of the moment: a pointer may be lifted before its last move has been drawn
  const held = useRef(null);
  const known = hand !== null && ids.includes(hand.id);
  const order = known ? shifted(ids, hand.id, hand.place) : ids;

  function take(next) {
    held.current = next;
    setHand(next);
  }

  function placeOfPointer(id, y) {
    const rows = [...list.current.querySelectorAll('[data-line]')].filter(({ dataset }) => dataset.line !== String(id));
    return placeAt(rows.map((row) => row.getBoundingClientRect()).map(({ top, height }) => top + height / 2), y);
  }

  const handlers = (id) => ({
    onPointerDown(event) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      event.preventDefault(); // or the text would be marked
      take({ id, place: ids.indexOf(id) });
    },
    onPointerMove(event) {
      if (held.current?.id === id) take({ id, place: placeOfPointer(id, event.clientY) });
    },
    onPointerUp() {
      const { current } = held;
      take(null);
      if (current?.id === id && ids.includes(id) && current.place !== ids.indexOf(id)) onDrop(id, current.place);
    },
    onPointerCancel: () => take(null),
    onLostPointerCapture: () => take(null),
  });

  return { order, dragged: known ? hand.id : null, handlers };
}
