// @ts-check
/** Dates as text (`2026-11-25`): what people type becomes ISO. Pure; today is passed in. */

/** @param {number} year @param {number} month @param {number} day @returns {string | null} */
function valid(year, month, day) {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? iso(date) : null;
}

/** @param {Date} date a date at UTC midnight */
const iso = (date) => date.toISOString().slice(0, 10);

/** @param {string} day @param {number} days */
export function addDays(day, days) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return iso(date);
}

/** Reads `2026-11-25`, `2026/11/5`, `20261125`, `11-25`, `1125`, `25` (of this month), `+3`, `-1`, `t`/`今天`/`today`.
 * @param {string} typed @param {string} today @returns {string | null} ISO, `''` for nothing, null for what is no date */
export function readDate(typed, today) {
  const text = typed.trim().replace(/[年月/.]/g, '-').replace(/日/g, '').replace(/-$/, '');
  const [year, month] = today.split('-').map(Number);
  if (!text) return '';
  if (/^(t|today|今天?)$/i.test(text)) return today;
  if (/^[+-]\d{1,4}$/.test(text)) return addDays(today, Number(text));
  let found = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (found) return valid(Number(found[1]), Number(found[2]), Number(found[3]));
  found = /^(\d{2})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (found) return valid(2000 + Number(found[1]), Number(found[2]), Number(found[3]));
  found = /^(\d{1,2})-(\d{1,2})$/.exec(text) ?? /^(\d{2})(\d{2})$/.exec(text);
  if (found) return valid(year, Number(found[1]), Number(found[2]));
  return /^\d{1,2}$/.test(text) ? valid(year, month, Number(text)) : null;
}

/** Reads a date and, after a blank or T, a time (`9:30`, `0930`). @param {string} typed @param {string} today */
export function readDateTime(typed, today) {
  const [, day = '', time = ''] = /^(\S+?)(?:[\sT]+(\d{1,2}:?\d{2}(?::\d{2})?))?$/.exec(typed.trim()) ?? [];
  if (!typed.trim()) return '';
  const date = readDate(day, today);
  const clock = readTime(time || '00:00');
  return date && clock ? `${date} ${clock}` : null;
}

/** @param {string} typed @returns {string | null} `HH:MM` */
export function readTime(typed) {
  const text = typed.trim().replace('：', ':');
  if (!text) return '';
  const found = /^(\d{1,2}):?(\d{2})(?::\d{2})?$/.exec(text);
  if (!found || Number(found[1]) > 23 || Number(found[2]) > 59) return null;
  return `${found[1].padStart(2, '0')}:${found[2]}`;
}

/** The six weeks that show a month, Monday first. @param {number} year @param {number} month 1–12
 * @returns {{day: string, date: number, inside: boolean}[][]} */
export function monthGrid(year, month) {
  const first = new Date(Date.UTC(year, month - 1, 1));
  const start = addDays(iso(first), -((first.getUTCDay() + 6) % 7));
  return Array.from({ length: 6 }, (_, week) => Array.from({ length: 7 }, (__, weekday) => {
    const day = addDays(start, week * 7 + weekday);
    return { day, date: Number(day.slice(8)), inside: Number(day.slice(5, 7)) === month };
  }));
}

/** @param {number} year @param {number} month @param {number} by @returns {{year: number, month: number}} */
export function moveMonth(year, month, by) {
  const index = year * 12 + month - 1 + by;
  return { year: Math.floor(index / 12), month: (index % 12) + 1 };
}

/** Today in the browser's zone, for pages that were not told the business date. */
export function browserToday(now = new Date()) {
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}-${String(now.getDate()).padStart(2, '0')}`;
}
