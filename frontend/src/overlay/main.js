/** The page that OBS shows over the stream. It knows nothing but captions, and shows nothing while PalFriend is away. */

import { io } from 'socket.io-client';

import { stage } from './captions.js';
import './overlay.css';
import { dress, wishes } from './style.js';

const RECONNECT = { reconnectionDelay: 500, reconnectionDelayMax: 2000, randomizationFactor: 0.3 };

const look = wishes(window.location.search);
const box = document.getElementById('captions');
dress(document.body, box, look);
const captions = stage(box, look);

const socket = io({ transports: ['websocket'], ...RECONNECT });
socket.on('caption', captions.show);
socket.on('caption_end', captions.end);
socket.on('disconnect', (reason) => {
  captions.clear();
  // only then socket.io leaves the reconnecting to us
  if (reason === 'io server disconnect') socket.connect();
});
