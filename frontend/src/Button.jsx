import MuiButton from '@mui/material/Button';

const LOOKS = {
  primary: { variant: 'contained', color: 'primary' },
  danger: { variant: 'contained', color: 'alarm' },
  quiet: { variant: 'outlined', color: 'inherit' },
  plain: { variant: 'text', color: 'inherit' },
};

/**
 * A button that keeps the keyboard's focus while it is `off`: a disabled one would lose it to the top of the page.
 * `look`: primary | danger | quiet | plain; `size`: small | medium | large.
 */
export function Button({ look = 'quiet', off = false, onClick, ...rest }) {
  const press = (event) => (off ? event.preventDefault() : onClick?.(event));
  return <MuiButton {...LOOKS[look]} {...rest} aria-disabled={off} onClick={press} />;
}
