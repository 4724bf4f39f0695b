/** The live feed: Socket.IO messages go into the store, a lost connection is shown and heals by itself. */

import { io } from 'socket.io-client';

import { problem, read } from './api.js';
import { language, onLanguage } from './language.js';

const RECONNECT = { reconnectionDelay: 500, reconnectionDelayMax: 2000, randomizationFactor: 0.3 };

/** Feed `store` until the returned function is called. */
export function follow(store, connect = io) {
  const auth = (give) => give({ language: language() });
  const socket = connect({ transports: ['websocket'], auth, ...RECONNECT });
  const silence = onLanguage((next) => socket.connected && socket.emit('language', next));
  let pushes = 0;

  async function readStatus() {
    const before = pushes;
    try {
      const status = await read('api/status');
      // a pushed status is newer than the answer it overtook
      if (pushes === before) store.tell('status', status);
    } catch (error) {
      if (error.status !== 0) store.tell('toast', problem(error));
    }
  }

  socket.on('connect', () => {
    store.tell('connection', 'up');
    readStatus();
  });
  socket.on('disconnect', (reason) => {
    store.tell('connection', 'lost');
    // only then socket.io leaves the reconnecting to us
    if (reason === 'io server disconnect') socket.connect();
  });
  socket.on('connect_error', () => store.tell('connection', 'lost'));
  socket.on('status', (status) => {
    pushes += 1;
    store.tell('status', status);
  });
  socket.on('events', (rows) => store.tell('events', rows));
  socket.on('level', (level) => store.tell('level', level));
  socket.on('caption', (caption) => store.tell('caption', caption));
  socket.on('alert', (alert) => store.tell('alert', alert));
  socket.on('forgotten', (who) => store.tell('forgotten', who));
  socket.on('audit', (entry) => store.tell('audit', entry));
  socket.on('caption_end', () => store.tell('caption_end'));
  return () => {
    silence();
    socket.disconnect();
  };
}
