/** A button that keeps the keyboard's focus while it is `off`: a disabled one would lose it to the top of the page. */
export function Button({ off, onClick, ...rest }) {
  const press = (event) => (off ? event.preventDefault() : onClick?.(event));
  return <button type="button" {...rest} aria-disabled={off} onClick={press} />;
}
