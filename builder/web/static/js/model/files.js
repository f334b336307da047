// @ts-check
/** Files in a field: what may be added, and how a file is spoken of. Pure. */

/** A file that the server keeps. @typedef {{id: string | number, name: string, label?: string, size: number, url?: string, mime?: string, picture?: boolean}} StoredFile */
/** @typedef {{accept: string, max: number, count: number}} Limits `accept`: endings of names, `max` bytes of one, `count` files; 0 and '' mean no limit */

/** @param {number} bytes */
export const sizeText = (bytes) => (bytes < 1000 ? `${bytes} B` : bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${Math.floor(bytes / 100_000) / 10} MB`);

/** Whether the name ends as one of the endings says. The server reads the content; this saves a wait. @param {string} name @param {string} accept */
export function hasEnding(name, accept) {
  const endings = accept.split(',').map((one) => one.trim().toLowerCase()).filter((one) => one.startsWith('.'));
  return !endings.length || endings.some((one) => name.toLowerCase().endsWith(one));
}

/** Why a file cannot be added; nothing where it can. @param {{name: string, size: number}} file @param {Limits} limits @param {number} held how many there are
 * @returns {{key: string, values: Record<string, string | number>} | null} */
export function refusal(file, limits, held) {
  if (limits.count && held >= limits.count) return { key: 'el.upload.full', values: { n: limits.count } };
  if (!hasEnding(file.name, limits.accept)) return { key: 'el.upload.kind', values: { name: file.name, kinds: limits.accept.replaceAll('.', ' ').replaceAll(',', '、').trim() } };
  if (limits.max && file.size > limits.max) return { key: 'el.upload.too_large', values: { name: file.name, max: sizeText(limits.max) } };
  return null;
}

/** As values of forms hold it. @param {StoredFile} file @returns {StoredFile & {label: string}} */
export const asItem = (file) => ({ ...file, label: file.name });

/** How far a picture is made smaller, longest side at most `most`. @param {number} width @param {number} height @param {number} most */
export function fitted(width, height, most) {
  const factor = Math.min(1, most / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}
