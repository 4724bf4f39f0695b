import { useVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef } from 'react';

const BEYOND = 12;

/**
 * A list of which only the rows in sight are drawn, newest first: `items` have an `id`, `row(item)` draws one.
 *
 * Whoever reads further down keeps their place while new rows come in above; whoever is at the top sees them come.
 * `height`: of one row in pixels, all alike.
 */
export function Rows({ items, height, label, row }) {
  const box = useRef(null);
  const first = useRef(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are only called while drawing
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    getItemKey: (index) => items[index].id,
    overscan: BEYOND,
  });

  useLayoutEffect(() => {
    const before = first.current;
    first.current = items[0]?.id ?? null;
    if (before === null || before === first.current || box.current.scrollTop === 0) return;
    const above = items.findIndex(({ id }) => id === before);
    if (above > 0) box.current.scrollTop += above * height;
  }, [items, height]);

  return (
    <div className="rows-box" ref={box} tabIndex={0} role="group" aria-label={label}>
      <ol className="rows-all" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => (
          <li
            key={key}
            aria-posinset={index + 1}
            aria-setsize={items.length}
            style={{ height, transform: `translateY(${start}px)` }}
          >
            {row(items[index])}
          </li>
        ))}
      </ol>
    </div>
  );
}
