/** Requests to PalFriend's server; what it says in words is in the page's language. */

import { language } from './language.js';

const LONGEST_WAIT_MS = 15_000;

/** A request that failed. `status` 0: nobody answered. `fields`: dotted path -> why the server refuses that value. */
export class RequestError extends Error {
  constructor(message, status = 0, fields = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

async function exchange(path, { wait = LONGEST_WAIT_MS, headers, ...options }) {
  try {
    const asked = { 'Accept-Language': language(), ...headers };
    const response = await fetch(path, { ...options, headers: asked, signal: AbortSignal.timeout(wait) });
    return [response, await response.text()];
  } catch (error) {
    throw new RequestError(error.message);
  }
}

function parse(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null; // a 204 or an error page: whether that is a failure, the status code tells
  }
}

async function request(path, options) {
  const [response, body] = await exchange(path, options);
  const answer = parse(body);
  if (response.ok) return answer;
  const words = [answer?.error ?? `HTTP ${response.status}`, answer?.hint].filter(Boolean).join(' ');
  throw new RequestError(words, response.status, answer?.fields ?? {});
}

export const read = (path) => request(path, {});

/** The header tells the server that this page asks, not a form on a stranger's page. */
export function send(path, body = {}, wait = LONGEST_WAIT_MS) {
  const headers = { 'Content-Type': 'application/json', 'X-PalFriend': '1' };
  return request(path, { method: 'POST', headers, body: JSON.stringify(body), wait });
}

/** What a toast says about a failed request. */
export function problem(error) {
  if (error.status === 0) return { key: 'ui.problem.no_answer' };
  return { key: 'ui.problem.refused', params: { text: error.message } };
}
