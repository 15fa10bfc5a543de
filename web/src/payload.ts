// The page's payload: what the study hands over. The page draws it and computes no measure.
// Everything that a later stage of the work will fill may be null or missing.
import type { VisualizationSpec } from 'vega-embed';
import type { System } from './system';

export type Maybe<T> = T | null | undefined;

export interface Effect {
  median: number;
  p05: number;
  p95: number;
  unit?: Maybe<string>;
  mc_error?: Maybe<number>;
  smallest?: Maybe<number>;
  what?: Maybe<string>;
  /** False for a level or a probability: printed without a sign, `smallest` is then a threshold. */
  change?: Maybe<boolean>;
}

/** An account's answer: the effect's fields beside the verdict, or under `effect`. */
export interface AccountAnswer extends Partial<Effect> {
  effect?: Maybe<Effect>;
  verdict?: Maybe<string>;
  share_beyond?: Maybe<number>;
  bounds?: Maybe<[number, number]>;
  /** Further lines that explain the verdict under this account. */
  lines?: Maybe<{ label: string; text: string }[]>;
}

export interface RestsOn {
  estimated?: Maybe<number>;
  published_seen?: Maybe<number>;
  published_recalled?: Maybe<number>;
  computed?: Maybe<number>;
  judged?: Maybe<number>;
  weakest?: Maybe<string>;
  /** The share of the spread between draws that the weakest number explains. */
  explains?: Maybe<number>;
}

/** What flips a verdict, or settles an open one: the smallest move of one number. */
export interface Flip {
  label?: Maybe<string>;
  text: string;
  number?: Maybe<string>;
  runs?: Maybe<number>;
}

/** Something said in words, with what it was computed from beside it. */
export interface Said {
  text: string;
}

export interface Claim {
  id: string;
  at?: Maybe<string>;
  says: string;
  kind?: Maybe<string>;
  needs?: Maybe<string>;
  verdict: string;
  /** The verdict as it is said first: what weakens it most takes its place. */
  headline?: Maybe<string>;
  flags?: Maybe<string[]>;
  /** The proof that the sign follows from the model's signs alone, whether or not it is flagged. */
  built_in?: Maybe<{ sign: string; reason: string; paths?: string[] }>;
  in_this_model?: Maybe<string>;
  effect?: Maybe<Effect>;
  prior_only?: Maybe<Effect | string>;
  structures?: Maybe<Record<string, string>>;
  by_account?: Maybe<Record<string, AccountAnswer>>;
  rests_on?: Maybe<RestsOn>;
  /** How many numbers were fitted to data, and in words. */
  data?: Maybe<{ fitted: number; text: string }>;
  doubled?: Maybe<{ verdict: Maybe<string>; changes: Maybe<boolean>; text: string }>;
  flips_if?: Maybe<Flip>;
  rival?: Maybe<string>;
  rival_share?: Maybe<Said>;
  watch_for?: Maybe<Said[]>;
  forms?: Maybe<Said>;
  shapley?: Maybe<Said>;
  confidence?: Maybe<string>;
  protocol?: Maybe<Record<string, unknown>>;
  numbers?: Maybe<string[]>;
  command?: Maybe<string>;
  chart?: Maybe<string>;
}

/** Bands over draws and futures; the line is a card's number, the middle draw's mean. */
export type Quantiles = Record<'p05' | 'p25' | 'p75' | 'p95' | 'line', (number | null)[]>;

export interface Difference {
  p05: (number | null)[];
  line: (number | null)[];
  p95: (number | null)[];
  final?: Maybe<Effect>;
  variance_removed?: Maybe<number>;
}

export interface Measure {
  says: string;
  unit?: Maybe<string>;
  times: string[];
  fans: Record<string, Record<string, Quantiles>>;
  difference?: Maybe<Record<string, Record<string, Difference>>>;
}

export interface Quantity {
  label?: Maybe<string>;
  text: string;
  unit?: Maybe<string>;
  kind: string;
  causal?: Maybe<string>;
  source?: Maybe<string>;
  because?: Maybe<string>;
}

export interface Option {
  id: string;
  label: string;
  says?: Maybe<string>;
  because?: Maybe<string>;
}

export interface Payload {
  scenario: {
    id: string;
    title: string;
    as_of: string;
    horizon?: Maybe<string>;
    says?: Maybe<string>;
    disclaimer?: Maybe<string>;
  };
  run: {
    draws?: Maybe<number>;
    futures?: Maybe<number>;
    seed?: Maybe<number>;
    accounts?: Maybe<number>;
    variants?: Maybe<number>;
    seconds?: Maybe<number>;
    version?: Maybe<string>;
  };
  honest?: Maybe<{ on_judged?: number; tested?: number; text?: Maybe<string> }>;
  counts?: Maybe<Record<string, number>>;
  /** How many verdicts each flag stands before, by its word on the cards. */
  flags?: Maybe<Record<string, number>>;
  variants: Option[];
  accounts: Option[];
  sections: { title?: Maybe<string>; claims: string[] }[];
  claims: Record<string, Claim>;
  measures?: Maybe<Record<string, Measure>>;
  spec?: Maybe<VisualizationSpec>;
  numbers?: Maybe<Record<string, Quantity>>;
  commands?: Maybe<Record<string, string>>;
  system?: Maybe<System>;
}

/** Reads the payload that the page carries in itself; nothing is ever fetched. */
export function embedded(): Payload {
  const holder = document.getElementById('payload');
  if (!holder?.textContent) throw new Error('The page carries no payload.');
  const payload = JSON.parse(holder.textContent) as Payload;
  // A claim's numbers may be places in the list of all numbers: names are long and come often.
  const names = Object.keys(payload.numbers ?? {});
  for (const claim of Object.values(payload.claims)) {
    claim.numbers = claim.numbers?.map((name: string | number) =>
      typeof name === 'number' ? names[name]! : name,
    );
  }
  return payload;
}

/** The effect to show under an account: its own, else the claim's. */
export function effectUnder(claim: Claim, account: string): Effect | null {
  return accountEffect(claim.by_account?.[account]) ?? claim.effect ?? null;
}

export function accountEffect(answer: Maybe<AccountAnswer>): Effect | null {
  if (!answer) return null;
  const effect = answer.effect ?? answer;
  const { median, p05, p95 } = effect;
  if (typeof median !== 'number' || typeof p05 !== 'number' || typeof p95 !== 'number') return null;
  return { ...effect, median, p05, p95 };
}
