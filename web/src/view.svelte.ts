// What the reader has chosen, kept in the address so that it can be sent to somebody:
//   #hinge-c2&run=no-joint-command&account=spiral-led&show=holds
// Only what differs from the start is written. Opening a claim makes a step of the history;
// a switch does not.
import { getContext, setContext } from 'svelte';
import { MediaQuery } from 'svelte/reactivity';
import { pathInWords } from './words';
import type { Claim, Measure, Payload, Quantity } from './payload';
import { MARKS, isTested, markOf, type Mark } from './verdicts';

/** Why the open claim changed: it decides whether focus and scroll follow. */
export type Arrival = 'address' | 'reader' | 'step';

export class View {
  readonly payload: Payload;
  readonly order: string[];
  readonly wide = new MediaQuery('min-width: 60rem', true);
  readonly dark = new MediaQuery('prefers-color-scheme: dark', false);

  claimId = $state<string | null>(null);
  run = $state('');
  account = $state('');
  show = $state<Mark | null>(null);
  arrival = $state<Arrival>('address');

  constructor(payload: Payload) {
    this.payload = payload;
    this.order = payload.sections.flatMap((section) => section.claims).filter((id) => payload.claims[id]);
    this.read();
    window.addEventListener('popstate', () => this.read());
    window.addEventListener('hashchange', () => this.read());
  }

  get claim(): Claim | null {
    return this.claimId ? (this.payload.claims[this.claimId] ?? null) : null;
  }
  get firstRun(): string {
    return this.payload.variants[0]?.id ?? '';
  }
  get firstAccount(): string {
    return this.payload.accounts[0]?.id ?? '';
  }
  get compares(): boolean {
    return this.run !== this.firstRun;
  }

  runLabel(id = this.run): string {
    return this.payload.variants.find((variant) => variant.id === id)?.label ?? id;
  }
  accountLabel(id = this.account): string {
    return this.payload.accounts.find((account) => account.id === id)?.label ?? id;
  }
  measure(claim: Claim): Measure | null {
    return (claim.chart && this.payload.measures?.[claim.chart]) || null;
  }
  quantity(name: string): Quantity | null {
    return this.payload.numbers?.[name] ?? null;
  }

  nameOf(number: string): string {
    return this.quantity(number)?.label ?? pathInWords(number);
  }

  href(id: string): string {
    return `#${this.address(id)}`;
  }
  open(id: string, arrival: Arrival = 'reader'): void {
    if (!this.payload.claims[id]) return;
    this.arrival = arrival;
    this.claimId = id;
    this.write('push');
  }
  close(): void {
    this.claimId = null;
    this.write('push');
  }
  setRun(id: string): void {
    this.run = id;
    this.write('replace');
  }
  setAccount(id: string): void {
    this.account = id;
    this.write('replace');
  }
  toggle(mark: Mark): void {
    this.show = this.show === mark ? null : mark;
    this.write('replace');
  }

  /** The claim before or after the open one, among those shown: tested ones, or the filter's. */
  beside(step: 1 | -1): string | null {
    const shown = this.order.filter((id) => {
      const claim = this.payload.claims[id]!;
      return this.show ? markOf(claim) === this.show : isTested(claim);
    });
    if (!this.claimId) return (step === 1 ? shown[0] : shown.at(-1)) ?? null;
    const here = this.order.indexOf(this.claimId);
    const rest = shown.filter((id) => (this.order.indexOf(id) - here) * step > 0);
    return (step === 1 ? rest[0] : rest.at(-1)) ?? null;
  }

  private address(id: string | null): string {
    const parts = [id ?? ''];
    if (this.run !== this.firstRun) parts.push(`run=${encodeURIComponent(this.run)}`);
    if (this.account !== this.firstAccount) parts.push(`account=${encodeURIComponent(this.account)}`);
    if (this.show) parts.push(`show=${this.show}`);
    return parts.join('&');
  }

  private write(how: 'push' | 'replace'): void {
    const hash = `#${this.address(this.claimId)}`;
    if (hash === (location.hash || '#')) return;
    if (how === 'push') history.pushState(null, '', hash);
    else history.replaceState(null, '', hash);
  }

  private read(): void {
    const [id, ...rest] = location.hash.slice(1).split('&');
    const said = new URLSearchParams(rest.join('&'));
    const known = (options: { id: string }[], value: string | null, otherwise: string) =>
      options.some((option) => option.id === value) ? value! : otherwise;
    this.arrival = 'address';
    this.claimId = id && this.payload.claims[id] ? id : null;
    this.run = known(this.payload.variants, said.get('run'), this.firstRun);
    this.account = known(this.payload.accounts, said.get('account'), this.firstAccount);
    this.show = MARKS.find(({ mark }) => mark === said.get('show'))?.mark ?? null;
  }
}

const KEY = Symbol('view');

export function provideView(view: View): View {
  return setContext(KEY, view);
}

export function useView(): View {
  return getContext<View>(KEY);
}
