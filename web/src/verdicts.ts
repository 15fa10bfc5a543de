// A verdict is a line under the words. One table says which line and how it is put in words; the
// text, the key, the card and the list of tested claims all read it.
import type { Claim } from './payload';

export type Mark =
  | 'holds'
  | 'reversed'
  | 'negligible'
  | 'undecided'
  | 'contested'
  | 'built-in'
  | 'declared'
  | 'untestable'
  | 'untested';

export const MARKS: { mark: Mark; word: string; line: string; says: string }[] = [
  { mark: 'holds', word: 'holds', line: 'one line', says: 'the effect is as claimed, and large enough to matter' },
  { mark: 'reversed', word: 'reversed', line: 'a thick line', says: 'it is the other way round, and large enough to matter' },
  { mark: 'negligible', word: 'negligible', line: 'dashes', says: 'whichever way it goes, it is too small to matter' },
  { mark: 'contested', word: 'contested', line: 'a wave', says: 'the accounts answer differently; it depends on which you accept' },
  { mark: 'undecided', word: 'undecided', line: 'dots', says: 'more futures, or a better-known number, are needed to say' },
  { mark: 'built-in', word: 'built in', line: 'two lines', says: 'the answer follows from how the model is built; only its size informs' },
  { mark: 'declared', word: 'declared', line: 'no line', says: 'an aim or a pledge: how likely it is, and nothing to judge' },
  { mark: 'untestable', word: 'untestable', line: 'no line, grey', says: 'no model could tell; the card names the evidence that would' },
  { mark: 'untested', word: 'not tested yet', line: 'no line, grey', says: 'the model lacks what it would take' },
];

export function markOf(claim: Claim): Mark {
  if (claim.flags?.includes('built_in')) return 'built-in';
  const name = claim.verdict.replace(/ \(.*$/, '');
  return MARKS.find(({ mark, word }) => mark === name || word === name)?.mark ?? 'untested';
}

export function markOfWord(verdict: string): Mark {
  return markOf({ id: '', says: '', verdict });
}

export function wordOf(mark: Mark): string {
  return MARKS.find((entry) => entry.mark === mark)?.word ?? mark;
}

export function isTested(claim: Claim): boolean {
  return !['untested', 'untestable'].includes(markOf(claim));
}

/** "undecided (runs)" put in words that need no manual. */
export function verdictInWords(verdict: string): string {
  if (verdict === 'undecided (runs)') return 'undecided for want of futures';
  if (verdict === 'undecided (knowledge)') return 'undecided for want of knowledge';
  return verdict;
}
