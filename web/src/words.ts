// How numbers, dates and names are written: British English, a true minus, no false precision.
import type { Effect, Maybe } from './payload';

const THIN = '\u202f';

/** Decimals that show two significant figures of the smallest difference that matters here. */
export function decimalsFor(...values: number[]): number {
  const known = values.filter(Number.isFinite);
  const width = Math.max(...known) - Math.min(...known);
  const scale = width > 0 ? width : Math.abs(known[0] ?? 1) || 1;
  return Math.min(3, Math.max(0, 1 - Math.floor(Math.log10(scale))));
}

export function number(value: number, decimals = decimalsFor(value), signed = false): string {
  const rounded = Number(value.toFixed(decimals));
  const digits = Math.abs(rounded).toLocaleString('en-GB', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return (rounded < 0 ? '\u2212' : signed && rounded > 0 ? '+' : '') + digits;
}

/** Decimals for a number that stands alone: what its first two figures need, and no zeros after. */
export function plain(value: number): number {
  const digits = decimalsFor(value);
  return (value.toFixed(digits).replace(/\.?0+$/, '').split('.')[1] ?? '').length;
}

/** A hyphen before a figure is a minus. */
export function minus(text: string): string {
  return text.replaceAll(/(^|[\s([])-(?=\d)/g, '$1\u2212');
}

/** A unit such as "% of today's force" in two parts: what stands by the digits, and the rest. */
export function unitParts(unit: Maybe<string>): [near: string, rest: string] {
  if (!unit) return ['', ''];
  if (unit.startsWith('%')) return [`${THIN}%`, unit.slice(1).trim()];
  return ['', unit];
}

export function amount(value: number, unit: Maybe<string>, decimals?: number, signed = false): string {
  const [near, rest] = unitParts(unit);
  return number(value, decimals, signed) + near + (rest ? ` ${rest}` : '');
}

export function interval(effect: Pick<Effect, 'p05' | 'p95'>, decimals: number, signed = false): string {
  return `${number(effect.p05, decimals, signed)} to ${number(effect.p95, decimals, signed)}`;
}

export function day(iso: Maybe<string>): string {
  if (!iso) return '';
  const date = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
}

/** "11.3" → "paragraph 11, sentence 3". */
export function placeInWords(at: Maybe<string>): string {
  const parts = /^(\d+)\.(\d+)$/.exec(at ?? '');
  return parts ? `paragraph ${parts[1]}, sentence ${parts[2]}` : (at ?? '');
}

/** "command.strait.relation_effect" → "command · strait · relation effect". */
export function pathInWords(path: string): string {
  return path.split('.').map((part) => part.replaceAll('_', ' ')).join(' · ');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;
}

export function sentence(text: string): string {
  return /[.!?…]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}

export function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase('en-GB') + text.slice(1);
}
