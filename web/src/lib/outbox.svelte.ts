// What was written here: drafts, and what is to be sent or was sent.  Each item stands alone: one that the node refuses never
// holds up the others.  An item counts as sent only when the node has answered for it; it is asked again under the same
// Idempotency-Key, so that a lost answer makes nothing twice.

import { call, get, NoLine, Problem, type FieldFault } from './api.ts';
import type { Draft } from './form.ts';
import type { Keep } from './keep.ts';
import { line } from './line.svelte.ts';
import { session } from './session.svelte.ts';

export interface Sending {
  // `seen`: what its author had read of a record that it changes (If-Match).
  kind: 'sending'; id: string; key: string; method?: 'POST' | 'PATCH'; seen?: string[]; path: string; title: string; body: unknown; draft?: Draft; made: string;
  state: 'waiting' | 'refused' | 'taken'; tries: number; detail?: string; errors?: FieldFault[]; taken?: string; number?: string; record?: string;
}
interface Written { kind: 'draft'; id: string; draft: Draft }
type Item = Sending | Written;

const receipts_kept = 20;
const pauses_ms = [3_000, 6_000, 15_000, 30_000, 60_000];

class Outbox {
  items = $state.raw<Item[]>([]);
  full = $state(false);
  private running = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saving = new Map<string, Promise<void>>();
  private newest = new Map<string, Item>();

  constructor() { line.on_return(() => void this.send_all()); }

  get drafts(): Written[] { return this.items.filter((item): item is Written => item.kind === 'draft' && item.draft.saved !== '').sort((a, b) => b.draft.saved.localeCompare(a.draft.saved)); }
  get sendings(): Sending[] { return this.items.filter((item): item is Sending => item.kind === 'sending').sort((a, b) => b.made.localeCompare(a.made)); }
  get unsent(): number { return this.sendings.filter((item) => item.state !== 'taken').length; }
  get last_taken(): string | undefined { return this.sendings.map((item) => item.taken ?? '').sort().at(-1) || undefined; }

  async open(): Promise<void> {
    this.items = ((await session.keep?.all<Item>()) ?? []).map(({ value }) => value).filter((item) => item.kind === 'draft' || item.kind === 'sending');
    void this.send_all();
  }
  close(): void {
    clearTimeout(this.timer);
    this.items = [];
  }
  find(id: string): Item | undefined { return this.items.find((item) => item.id === id); }

  private set(item: Item): void { this.items = [...this.items.filter((one) => one.id !== item.id), item]; }

  // A draft in which nothing is written yet lives in the page alone.
  start(id: string, draft: Draft): void { this.set({ kind: 'draft', id, draft }); }

  // Every keystroke: one write after another, the newest last.
  save(id: string, draft: Draft): Promise<void> {
    const item: Written = { kind: 'draft', id, draft };
    this.set(item);
    return this.keep(item);
  }
  // While one is being written only the newest waits.
  private keep(item: Item): Promise<void> {
    this.newest.set(item.id, item);
    const running = this.saving.get(item.id);
    if (running) return running;
    const run = this.write(item.id, session.keep).finally(() => this.saving.delete(item.id));
    this.saving.set(item.id, run);
    return run;
  }
  private async write(id: string, keep: Keep | undefined): Promise<void> {
    for (let item = this.newest.get(id); item; item = this.newest.get(id)) {
      this.newest.delete(id);
      try {
        await keep?.put(id, item, item.kind === 'sending' && item.state === 'taken');
        this.full = false;
      } catch {
        this.full = true;
      }
    }
  }

  async drop(id: string): Promise<void> {
    this.items = this.items.filter((item) => item.id !== id);
    this.newest.delete(id);
    await this.saving.get(id);
    await session.keep?.drop(id);
  }

  // Puts it into the queue, in place of its draft, and tries at once.
  async send(item: Omit<Sending, 'kind' | 'state' | 'tries' | 'made' | 'key'>): Promise<Sending> {
    const made: Sending = { ...item, kind: 'sending', key: crypto.randomUUID(), state: 'waiting', tries: 0, made: new Date().toISOString() };
    this.set(made);
    await this.keep(made);
    await this.send_all();
    return this.find(made.id) as Sending;
  }

  async again(id: string): Promise<void> {
    const item = this.find(id);
    if (item?.kind === 'sending' && item.state !== 'taken') this.set({ ...item, state: 'waiting' });
    await this.send_all();
  }

  // A refused one is opened again where it was wrong.
  async reopen(id: string): Promise<void> {
    const item = this.find(id);
    if (item?.kind === 'sending' && item.draft) await this.save(id, { ...item.draft, at: '', faults: item.errors });
  }

  async send_all(): Promise<void> {
    if (this.running || session.state !== 'in') return;
    if (session.alone) await session.meet();
    if (session.alone || session.state !== 'in') return this.later();
    this.running = true;
    clearTimeout(this.timer);
    try {
      for (const item of this.sendings.filter((one) => one.state === 'waiting').reverse()) {
        if (!(await this.try_one(item))) break;
      }
    } finally {
      this.running = false;
    }
    this.later();
  }

  private later(): void {
    const waiting = this.sendings.filter((one) => one.state === 'waiting');
    clearTimeout(this.timer);
    if (session.state === 'in' && (waiting.length > 0 || session.alone)) {
      const tries = Math.min(4, ...waiting.map((one) => one.tries));
      this.timer = setTimeout(() => void this.send_all(), pauses_ms[Math.min(tries, pauses_ms.length - 1)]);
    }
  }

  // False where there is no line, so that the others need not be tried now.
  private async try_one(item: Sending): Promise<boolean> {
    try {
      const answer = await call<{ records?: Record<string, string | string[]> }>(item.method ?? 'POST', item.path, { body: item.body, key: item.key, seen: item.seen });
      await this.taken(item, answer.records ?? {});
      return true;
    } catch (error) {
      if (session.state !== 'in') return false;
      if (error instanceof NoLine) {
        this.set({ ...item, tries: item.tries + 1 });
        return false;
      }
      if (!(error instanceof Problem)) throw error;
      const later = error.status >= 500 || error.status === 401 || error.status === 408 || error.status === 429 || error.code === 'session.csrf';
      const next: Sending = { ...item, tries: item.tries + 1, state: later ? 'waiting' : 'refused', detail: later ? undefined : error.message, errors: later ? undefined : error.errors };
      this.set(next);
      await this.keep(next);
      return true;
    }
  }

  // The node has signed for it: what was written goes, the receipt stays (P20).
  private async taken(item: Sending, records: Record<string, string | string[]>): Promise<void> {
    const record = typeof records.case === 'string' ? records.case : undefined;
    const receipt: Sending = { ...item, body: null, draft: undefined, state: 'taken', taken: new Date().toISOString(), record, detail: undefined, errors: undefined };
    this.set(receipt);
    await this.keep(receipt);
    if (record) {
      const shown = await get<{ number?: string }>(`/records/${record}`).catch(() => undefined);
      if (shown?.number) {
        this.set({ ...receipt, number: shown.number });
        await this.keep({ ...receipt, number: shown.number });
      }
    }
    for (const old of this.sendings.filter((one) => one.state === 'taken').slice(receipts_kept)) await this.drop(old.id);
  }
}

export const outbox = new Outbox();
