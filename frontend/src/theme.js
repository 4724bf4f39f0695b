/** The colours and shapes of the dashboard in light and dark. style.css uses the same colours by their variables. */

import { createTheme } from '@mui/material/styles';

const LIGHT = {
  primary: { main: '#0f7a6c', contrastText: '#ffffff' },
  success: { main: '#11703c', contrastText: '#ffffff' },
  warning: { main: '#8a5200', contrastText: '#ffffff' },
  error: { main: '#b3261e', contrastText: '#ffffff' },
  alarm: { main: '#c62828', contrastText: '#ffffff' },
  info: { main: '#1f5fb8', contrastText: '#ffffff' },
  idle: { main: '#5b6777', contrastText: '#ffffff' },
  background: { default: '#f2f4f7', paper: '#ffffff', sunk: '#edf0f4' },
  text: { primary: '#18202a', secondary: '#536070' },
  divider: '#d8dee5',
  edge: { main: '#7a8695', contrastText: '#ffffff' },
};

const DARK = {
  primary: { main: '#4fd1bd', contrastText: '#06211d' },
  success: { main: '#62d391', contrastText: '#14181e' },
  warning: { main: '#f2bd62', contrastText: '#14181e' },
  error: { main: '#ff938b', contrastText: '#14181e' },
  alarm: { main: '#d32f2f', contrastText: '#ffffff' },
  info: { main: '#8ab8ff', contrastText: '#14181e' },
  idle: { main: '#9ba8b8', contrastText: '#14181e' },
  background: { default: '#0f1318', paper: '#181e26', sunk: '#212935' },
  text: { primary: '#e8edf3', secondary: '#a5b1c0' },
  divider: '#2c3643',
  edge: { main: '#6d7a8b', contrastText: '#14181e' },
};

/** The keyboard's place is always to be seen; MUI's own sign of it is the ripple, which this page does without. */
const FOCUS = { '&:focus-visible, &.Mui-focusVisible': { outline: '3px solid var(--accent)', outlineOffset: 2 } };

/** What is under the mouse has a colour of its own, not a veil whose contrast depends on what is behind it. */
const QUIET = { '&.MuiButton-colorInherit:hover': { backgroundColor: 'var(--sunk)' } };

export const theme = createTheme({
  cssVariables: { cssVarPrefix: 'pal', colorSchemeSelector: '[data-theme="%s"]' },
  colorSchemes: { light: { palette: LIGHT }, dark: { palette: DARK } },
  transitions: { create: () => 'none' },
  shape: { borderRadius: 10 },
  typography: {
    fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
    button: { textTransform: 'none', fontWeight: 600, fontSize: '1rem' },
  },
  components: {
    MuiButtonBase: { defaultProps: { disableRipple: true }, styleOverrides: { root: FOCUS } },
    MuiButton: { defaultProps: { disableElevation: true }, styleOverrides: { outlined: QUIET, text: QUIET } },
  },
});
