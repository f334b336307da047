// @ts-check
/** Talking to the server: one answer shape for everything that can happen. */
import { csrfToken, locale } from './dom.js';
import { t } from './model/i18n.js';

/** @typedef {{path: string, code: string, message: string, severity?: string, params?: Record<string, any>}} ProblemItem */
/** @typedef {{title: string, status: number, code: string, errors?: ProblemItem[], params?: Record<string, any>, [more: string]: any}} ProblemDocument */
/** @typedef {{ok: boolean, status: number, data: any, problem: ProblemDocument | null, etag: string, offline: boolean}} Answer */

/** Sends a request and never throws: status 0 is "no connection".
 * @param {string} url
 * @param {{method?: string, body?: any, version?: string | number | null, idempotencyKey?: string, signal?: AbortSignal}} [options]
 * `body` a FormData is sent as it is, anything else as JSON. `version` becomes If-Match. @returns {Promise<Answer>} */
export async function send(url, options = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json, application/problem+json', 'Accept-Language': locale() };
  const method = options.method ?? (options.body === undefined ? 'GET' : 'POST');
  if (method !== 'GET') headers['X-CSRF-Token'] = csrfToken();
  if (options.version !== undefined && options.version !== null) headers['If-Match'] = `"${options.version}"`;
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey;
  let body = options.body;
  if (body !== undefined && !(body instanceof FormData)) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(url, { method, headers, body, signal: options.signal, credentials: 'same-origin' });
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'AbortError') throw error;
    return { ok: false, status: 0, data: null, problem: offlineProblem(), etag: '', offline: true };
  }
  const type = response.headers.get('Content-Type') ?? '';
  const data = type.includes('json') ? await response.json().catch(() => null) : null;
  const problem = response.ok ? null : (data ?? { title: t('el.failed', { reason: String(response.status) }), status: response.status, code: 'UNEXPECTED' });
  return { ok: response.ok, status: response.status, data: response.ok ? data : null, problem, etag: (response.headers.get('ETag') ?? '').replaceAll('"', '').replace(/^W\//, ''), offline: false };
}

/** @returns {ProblemDocument} */
const offlineProblem = () => ({ title: t('el.network'), status: 0, code: 'OFFLINE' });

/** A key that makes a repeated request the same request. */
export const newKey = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
