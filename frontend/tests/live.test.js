import { expect, test, vi } from 'vitest';

import { speak } from '../src/language.js';
import { follow } from '../src/live.js';
import { createStore } from '../src/store.js';

/** Stands for the socket: the server's side is covered in the browser tests, here it must misbehave on command. */
function fakeSocket() {
  const handlers = {};
  return {
    on: (name, handler) => (handlers[name] = handler),
    fire: (name, payload) => handlers[name](payload),
    connect: vi.fn(),
    disconnect: vi.fn(),
    emit: vi.fn(),
    connected: true,
  };
}

function followed(answer) {
  vi.stubGlobal('fetch', () => answer);
  const store = createStore((work) => work());
  const socket = fakeSocket();
  follow(store, () => socket);
  return [store, socket];
}

const response = (body, status = 200) => new Response(JSON.stringify(body), { status });
const settled = () => new Promise((done) => setTimeout(done));

test('on connecting the status is asked for', async () => {
  const [store, socket] = followed(Promise.resolve(response({ state: 'live', running: true })));
  socket.fire('connect');
  await settled();
  expect(store.get().connection).toBe('up');
  expect(store.get().status.state).toBe('live');
});

test('a status that was pushed meanwhile is newer than the answer', async () => {
  let answer;
  const [store, socket] = followed(new Promise((done) => (answer = done)));
  socket.fire('connect');
  socket.fire('status', { state: 'live', running: true });
  answer(response({ state: 'stopped' }));
  await settled();
  expect(store.get().status.state).toBe('live');
});

test('a server that closes the connection itself is connected to again', () => {
  const [store, socket] = followed(Promise.resolve(response({})));
  socket.fire('disconnect', 'transport close');
  expect(socket.connect).not.toHaveBeenCalled();
  socket.fire('disconnect', 'io server disconnect');
  expect(socket.connect).toHaveBeenCalledOnce();
  expect(store.get().connection).toBe('lost');
});

test('a red flag and what was not said reach the store', () => {
  const [store, socket] = followed(Promise.resolve(response({})));
  socket.fire('alert', { at: 1, text: 'look' });
  socket.fire('audit', { id: 1, at: 1, text: 'not that' });
  const { alerts, audit } = store.get();
  expect([alerts[0].text, audit[0].text]).toEqual(['look', 'not that']);
});

test('the server is told in which language the page is, at each connecting and when it changes', () => {
  vi.stubGlobal('fetch', () => new Promise(() => {}));
  const socket = fakeSocket();
  let options;
  const leave = follow(createStore((work) => work()), (given) => {
    options = given;
    return socket;
  });
  const told = vi.fn();
  speak('en');
  options.auth(told);
  speak('de');
  expect(socket.emit.mock.calls).toEqual([['language', 'de']]);
  options.auth(told);
  expect(told.mock.calls).toEqual([[{ language: 'en' }], [{ language: 'de' }]]);
  socket.connected = false; // the next connecting tells it
  speak('en');
  leave();
  socket.connected = true;
  speak('de');
  expect(socket.emit).toHaveBeenCalledTimes(1);
});
