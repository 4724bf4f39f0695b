import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './App.jsx';
import { follow } from './live.js';
import { createStore } from './store.js';
import './style.css';

const store = createStore();
follow(store);
createRoot(document.getElementById('root')).render(
  <StrictMode>
    <App store={store} />
  </StrictMode>,
);
