// @ts-check
/** Functions on dates, instants and times. An instant becomes a day in the zone of the world. Pure. */
import { fail, integer, whole, ZERO } from '../decimal.js';
import { Clock, Day, daysIn, Instant } from '../kinds.js';
import { instantOf, localTime } from '../zone.js';
import { asked, asking, strict, text } from './wrap.js';

/** @typedef {import('../expression.js').World | null} World */

const MOST_STEPS = 4_000_000;
const MOST_WORKDAYS = 10_000;
const MIDNIGHT = new Clock(0);
/** @type {Record<string, number>} */
const SECONDS = { minutes: 60, hours: 3600 };
/** @type {Record<string, number>} */
const DAYS = { days: 1, weeks: 7 };
/** @type {Record<string, number>} */
const MONTHS = { months: 1, quarters: 3, years: 12 };

/** @param {any} unit */
function unitOf(unit) {
  const lower = text(unit).toLowerCase();
  const found = lower.endsWith('s') ? lower : `${lower}s`;
  return found in SECONDS || found in DAYS || found in MONTHS || found === 'workdays' ? found : fail('unit');
}

/** @param {World} world @param {any} value @returns {Day} */
const dayOf = (world, value) => (value instanceof Day ? value : value instanceof Instant ? localTime(world, value).day : fail('date'));

/** @param {World} world @param {any} value @returns {Instant} */
const instantAt = (world, value) => (value instanceof Instant ? value : instantOf(world, value instanceof Day ? value : fail('date'), MIDNIGHT));

/** The last day of the month where it is shorter. @param {Day} day @param {number} months */
function monthsOn(day, months) {
  const index = day.year * 12 + day.month - 1 + months;
  const [year, month] = [Math.floor(index / 12), (((index % 12) + 12) % 12) + 1];
  return year >= 1 && year <= 9999 ? Day.of(year, month, Math.min(day.day, daysIn(year, month))) : fail('range');
}

/** @param {any} holidays @returns {Set<number>} */
const free = (holidays) => new Set(holidays.filter((/** @type {any} */ one) => one instanceof Day).map((/** @type {Day} */ one) => one.number));

/** @param {Day} day @param {Set<number>} holidays */
const isWorkday = (day, holidays) => day.weekday < 6 && !holidays.has(day.number);

/** @param {Day} day @param {number} count @param {Set<number>} holidays */
function workdaysOn(day, count, holidays) {
  const step = count > 0 ? 1 : -1;
  let found = day;
  for (let left = Math.abs(count); left > 0; left--) {
    do found = new Day(found.number + step);
    while (!isWorkday(found, holidays));
  }
  return found;
}

/** Workdays after `start`, up to and with `end`, which is not earlier. @param {Day} start @param {Day} end @param {Set<number>} holidays */
function workdaysBetween(start, end, holidays) {
  const length = end.number - start.number;
  let days = Math.floor(length / 7) * 5;
  for (let n = 1; n <= length % 7; n++) if ((start.weekday - 1 + n) % 7 < 5) days += 1;
  for (const number of holidays) if (number > start.number && number <= end.number && new Day(number).weekday < 6) days -= 1;
  return days;
}

/** @param {Day} day @param {number} count @param {string} unit */
function shiftedDay(day, count, unit) {
  if (unit === 'workdays') return workdaysOn(day, whole(integer(count), -MOST_WORKDAYS, MOST_WORKDAYS), new Set());
  return unit in MONTHS ? monthsOn(day, count * MONTHS[unit]) : new Day(day.number + count * DAYS[unit]);
}

/** @param {World} world @param {any} value @param {any} count @param {any} unit */
function shifted(world, value, count, unit) {
  const by = unitOf(unit);
  const number = whole(count, -MOST_STEPS, MOST_STEPS);
  if (by in SECONDS) {
    if (!(value instanceof Instant)) fail('unit');
    const moved = new Instant(value.micros + BigInt(number * SECONDS[by]) * 1_000_000n);
    localTime(null, moved);
    return moved;
  }
  if (!(value instanceof Instant)) return shiftedDay(dayOf(world, value), number, by);
  const { day, clock } = localTime(world, value);
  return instantOf(world, shiftedDay(day, number, by), clock);
}

/** Months that have passed completely. @param {Day} start @param {Day} end @returns {number} */
function monthsBetween(start, end) {
  if (end.number < start.number) return -monthsBetween(end, start);
  const months = (end.year - start.year) * 12 + end.month - start.month;
  return months && monthsOn(start, months).number > end.number ? months - 1 : months;
}

/** @param {World} world @param {any} start @param {any} end @param {any} unit */
function difference(world, start, end, unit) {
  const by = unitOf(unit);
  if (by in SECONDS) return integer((instantAt(world, end).micros - instantAt(world, start).micros) / BigInt(SECONDS[by] * 1_000_000));
  const [one, other] = [dayOf(world, start), dayOf(world, end)];
  if (by === 'workdays') return integer(one.number <= other.number ? workdaysBetween(one, other, new Set()) : -workdaysBetween(other, one, new Set()));
  const passed = by in MONTHS ? monthsBetween(one, other) : other.number - one.number;
  return integer(Math.trunc(passed / (by in MONTHS ? MONTHS[by] : DAYS[by])));
}

/** @param {World} world @param {any} start @param {any} end @param {any} holidays */
function networkdays(world, start, end, holidays) {
  const [one, other] = [dayOf(world, start), dayOf(world, end)].sort((a, b) => a.number - b.number);
  const days = workdaysBetween(one, other, free(holidays)) + (isWorkday(one, free(holidays)) ? 1 : 0);
  return integer(one.number === dayOf(world, start).number ? days : -days);
}

/** @param {any} year @param {any} month @param {any} day */
function made(year, month, day) {
  const [y, m, d] = [whole(year, 1, 9999), whole(month, 1, 12), whole(day, 1, 31)];
  return d <= daysIn(y, m) ? Day.of(y, m, d) : fail('day');
}

/** First and last day of the period around a day. @param {Day} day @param {string} unit @returns {[Day, Day]} */
function period(day, unit) {
  if (unit === 'days') return [day, day];
  if (unit === 'weeks') return [new Day(day.number - day.weekday + 1), new Day(day.number - day.weekday + 7)];
  if (!(unit in MONTHS)) fail('unit');
  const size = MONTHS[unit];
  const first = Math.floor((day.month - 1) / size) * size + 1;
  const last = first + size - 1;
  return [Day.of(day.year, first, 1), Day.of(day.year, last, daysIn(day.year, last))];
}

/** By ISO 8601: the week belongs to the year of its Thursday. @param {Day} day */
function week(day) {
  const thursday = new Day(day.number - day.weekday + 4);
  return Math.floor((thursday.number - Day.of(thursday.year, 1, 1).number) / 7) + 1;
}

/** @param {World} world @param {any} value @returns {Clock} */
const clockOf = (world, value) => (value instanceof Clock ? value : localTime(world, instantAt(world, value)).clock);

/** @param {any} value */
function dateIn(value) {
  const plain = text(value).replace(/^[ \t\r\n\u00a0\u3000]+|[ \t\r\n\u00a0\u3000]+$/g, '').replace(/日$/, '').replace(/[年月/]/g, '-');
  const [y, m, d] = (/^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(plain) ?? []).slice(1).map(Number);
  return y >= 1 && m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m) ? Day.of(y, m, d) : null;
}

/** @type {Record<string, import('./wrap.js').Call>} */
export const DATES = {
  ...strict({ DATE: made, DATEVALUE: dateIn }),
  ...asking({
    TODAY: (world) => asked(world).today,
    NOW: (world) => asked(world).now,
    USER: (world) => asked(world).user,
    DATEADD: (world, value, count, unit = 'days') => shifted(world, value, count, unit),
    DATEDIFF: (world, start, end, unit = 'days') => difference(world, start, end, unit),
    WORKDAY: (world, start, count, holidays = []) => workdaysOn(dayOf(world, start), whole(count, -MOST_WORKDAYS, MOST_WORKDAYS), free(holidays)),
    NETWORKDAYS: (world, start, end, holidays = []) => networkdays(world, start, end, holidays),
    YEAR: (world, value) => integer(dayOf(world, value).year),
    MONTH: (world, value) => integer(dayOf(world, value).month),
    DAY: (world, value) => integer(dayOf(world, value).day),
    QUARTER: (world, value) => integer(Math.floor((dayOf(world, value).month + 2) / 3)),
    WEEKDAY: (world, value) => integer(dayOf(world, value).weekday),
    WEEKNUM: (world, value) => integer(week(dayOf(world, value))),
    DAYSINMONTH: (world, value) => integer(daysIn(dayOf(world, value).year, dayOf(world, value).month)),
    HOUR: (world, value) => integer(clockOf(world, value).hour),
    MINUTE: (world, value) => integer(clockOf(world, value).minute),
    PERIODSTART: (world, value, unit = 'months') => period(dayOf(world, value), unitOf(unit))[0],
    PERIODEND: (world, value, unit = 'months') => period(dayOf(world, value), unitOf(unit))[1],
    EOMONTH: (world, value, months = ZERO) => period(monthsOn(period(dayOf(world, value), 'months')[0], whole(months, -MOST_STEPS, MOST_STEPS)), 'months')[1],
    DATEOF: dayOf,
    TIMEOF: (world, value) => clockOf(world, value),
    DATETIME: (world, day, clock) => instantOf(world, day, new Clock(clock.micros - (clock.micros % 1_000_000))),
  }),
};
