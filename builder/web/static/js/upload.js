// @ts-check
/** Sending files: one at a time, with how far it is. */
import { csrfToken, locale } from './dom.js';
import { fitted } from './model/files.js';
import { t } from './model/i18n.js';

/** @typedef {import('./model/files.js').StoredFile} StoredFile */

const LARGE = 1_200_000;
const LONGEST_SIDE = 2000;

/** Sends a file for a field; never throws. @param {string} url @param {Record<string, string>} fields @param {Blob} file @param {string} name @param {(part: number) => void} [onProgress] from 0 to 1
 * @returns {Promise<{file: StoredFile | null, problem: string}>} */
export function sendFile(url, fields, file, name, onProgress) {
  const body = new FormData();
  for (const [key, value] of Object.entries(fields)) body.append(key, value);
  body.append('file', file, name);
  const request = new XMLHttpRequest();
  request.open('POST', url);
  request.setRequestHeader('Accept', 'application/json, application/problem+json');
  request.setRequestHeader('Accept-Language', locale());
  request.setRequestHeader('X-CSRF-Token', csrfToken());
  request.responseType = 'json';
  request.upload.addEventListener('progress', (event) => { if (event.lengthComputable) onProgress?.(event.loaded / event.total); });
  return new Promise((resolve) => {
    request.addEventListener('load', () => {
      const made = request.status < 300 ? (request.response?.items?.[0] ?? null) : null;
      resolve({ file: made, problem: made ? '' : said(request.response) });
    });
    request.addEventListener('error', () => resolve({ file: null, problem: t('el.network') }));
    request.addEventListener('abort', () => resolve({ file: null, problem: t('el.network') }));
    request.send(body);
  });
}

/** The refusal in the server's words. @param {any} problem */
const said = (problem) => (problem?.errors?.length ? problem.errors.map((/** @type {any} */ one) => one.message).join(' ') : (problem?.title ?? t('el.failed', { reason: '' })));

/** A large photograph, made small enough to be sent from a phone; anything else as it is. @param {File} file @returns {Promise<{blob: Blob, name: string}>} */
export async function lighter(file) {
  const kept = { blob: file, name: file.name };
  if (file.size < LARGE || !/^image\/(jpeg|png|webp)$/.test(file.type)) return kept;
  try {
    const picture = await createImageBitmap(file);
    const canvas = Object.assign(document.createElement('canvas'), fitted(picture.width, picture.height, LONGEST_SIDE));
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    /** @type {Blob | null} */
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.86));
    return blob && blob.size < file.size ? { blob, name: file.name.replace(/\.\w+$/, '.jpg') } : kept;
  } catch {
    return kept;
  }
}
