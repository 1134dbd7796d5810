// What was written here: drafts, and what is to be sent or was sent.  Each item stands alone: one that the node refuses never
// holds up the others.  An item counts as sent only against the node's signed receipt for it, which is checked here; it is asked
// again under the same Idempotency-Key, so that a lost answer makes nothing twice.  Without a line this device signs it itself
// (lib/device.ts), under that same name; from then on those entries are what is sent, by the line or in a file.

import { call, get, NoLine, Problem, type FieldFault } from './api.ts';
import type { Attached } from './attach.ts';
import type { Draft } from './form.ts';
import type { Keep } from './keep.ts';
import { line } from './line.svelte.ts';
import { session } from './session.svelte.ts';

export interface Sending {
  // `seen`: what its author had read of a record that it changes (If-Match).
  kind: 'sending'; id: string; key: string; method?: 'POST' | 'PATCH'; seen?: string[]; path: string; title: string; body: unknown; draft?: Draft; made: string;
  state: 'waiting' | 'refused' | 'taken'; tries: number; detail?: string;
  // A form that was filled: what this device needs to sign it, and what it signed.
  form?: string; seen_by?: Record<string, string[]>; ids?: string[]; entries?: string[]; records?: Record<string, string | string[]>; receipt?: string; unsigned?: boolean;
  errors?: FieldFault[]; taken?: string; number?: string; record?: string;
  // A photo, paper or recording, and the record that it belongs to: it goes by itself, after all else.
  file?: Attached; of?: string;
}
interface Written { kind: 'draft'; id: string; draft: Draft }
type Item = Sending | Written;

const receipts_kept = 20;
const pauses_ms = [3_000, 6_000, 15_000, 30_000, 60_000];

// A UUID of version 7 (RFC 9562): an entry's submission is named by one.
function new_key(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

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
  // As it is by now: it may have been signed while it was on its way.
  private now(item: Sending): Sending {
    const there = this.find(item.id);
    return there?.kind === 'sending' ? there : item;
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
    const made: Sending = { ...item, kind: 'sending', key: new_key(), state: 'waiting', tries: 0, made: new Date().toISOString() };
    this.set(made);
    await this.keep(made);  // before anything that could take time or fail
    // What was signed once and is put right is signed again, for the same records.
    if (item.ids || !line.up || session.alone) await this.sign(made);
    await this.send_all();
    return this.find(made.id) as Sending;
  }

  // For lib/carry.ts too.  By this device itself; false where that cannot be, and it waits as it is.  Never twice: what was signed is what is sent.
  async sign(item: Sending, anew = false): Promise<boolean> {
    if (item.entries && !anew) return true;
    if (!item.form || !item.body) return false;
    try {
      const device = await import('./device.ts');
      const ids = item.ids ?? device.new_ids();
      const signed = await device.sign_form({ form: item.form, key: item.key, body: item.body as { answers: Record<string, unknown> }, ids, seen: item.seen_by ?? {} });
      if (!signed) return false;
      const next: Sending = { ...item, ids, entries: signed.entries, records: signed.made };
      await session.keep?.put(item.id, next);  // what is not kept was not signed
      this.set(next);
      return true;
    } catch {
      return false;  // the program for it is not on this device
    }
  }

  // Whether this is the node's own word for this very item.
  async holds(item: Sending, compact: string | undefined): Promise<boolean> {
    if (!compact) return false;
    const device = await import('./device.ts');
    const receipt = await device.read_receipt(compact);
    if (!receipt) return false;
    if (receipt.request) return receipt.request === (item.file?.sha256 ?? await device.request_digest(item.body));
    return item.entries !== undefined && (receipt.submission === item.key || (await device.entry_ids(item.entries)).every((id) => receipt.entries?.includes(id)));
  }

  async again(id: string): Promise<void> {
    const item = this.find(id);
    if (item?.kind === 'sending' && item.state !== 'taken') this.set({ ...item, state: 'waiting' });
    await this.send_all();
  }

  async all_again(): Promise<void> {
    for (const item of this.sendings) if (item.state === 'refused') this.set({ ...item, state: 'waiting' });
    await this.send_all();
  }

  // A refused one is opened again where it was wrong.
  async reopen(id: string): Promise<void> {
    const item = this.find(id);
    if (item?.kind === 'sending' && item.draft) await this.save(id, { ...item.draft, at: '', faults: item.errors, ids: item.ids });
  }

  async send_all(): Promise<void> {
    if (this.running || session.state !== 'in') return;
    if (session.alone) await session.meet();
    if (session.alone || session.state !== 'in') return this.later();
    this.running = true;
    clearTimeout(this.timer);
    try {
      const waiting = this.sendings.filter((one) => one.state === 'waiting').reverse();
      for (const item of [...waiting.filter((one) => !one.file), ...waiting.filter((one) => one.file)]) {
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
      if (item.entries) return await this.try_signed(item);
      let receipt: string | undefined;
      const heard = (compact: string): void => { receipt = compact; };
      const answer = (item.file ? await (await import('./attach.ts')).send_file(item.path, item.file, item.key, heard) : await call(item.method ?? 'POST', item.path, { body: item.body, key: item.key, seen: item.seen, receipt: heard })) as { records?: Record<string, string | string[]> };
      if (await this.holds(item, receipt)) await this.taken(item, answer.records ?? {}, receipt!);
      else await this.not_signed_for(item);
      return true;
    } catch (error) {
      if (session.state !== 'in') return false;
      if (error instanceof NoLine) {
        this.set({ ...this.now(item), tries: item.tries + 1 });
        return false;
      }
      if (!(error instanceof Problem)) throw error;
      const later = error.status >= 500 || error.status === 401 || error.status === 408 || error.status === 429 || error.code === 'session.csrf';
      const next: Sending = { ...this.now(item), tries: item.tries + 1, state: later ? 'waiting' : 'refused', detail: later ? undefined : error.message, errors: later ? undefined : error.errors };
      this.set(next);
      await this.keep(next);
      return true;
    }
  }

  private async not_signed_for(item: Sending): Promise<void> {
    const next: Sending = { ...this.now(item), tries: item.tries + 1, unsigned: true };
    this.set(next);
    await this.keep(next);
  }

  // What this device signed, as the bytes that it signed.
  private async try_signed(item: Sending, again = true): Promise<boolean> {
    try {
      const { submissions: [one] } = await call<{ submissions: { state: string; detail?: string; receipt?: string; records?: Record<string, string>; entries?: { record: string }[] }[] }>('POST', '/entries', { body: { entries: item.entries } });
      if (await this.holds(item, one?.receipt)) await this.taken(item, one.records ?? item.records ?? {}, one.receipt!);
      else if (one?.state === 'held' || one?.state === 'waiting') {
        const next: Sending = { ...this.now(item), tries: item.tries + 1, state: 'refused', detail: one.detail };
        this.set(next);
        await this.keep(next);
      } else await this.not_signed_for(item);
      return true;
    } catch (error) {
      // The device was retired in between: under a new key the same is signed anew, under the same name and for the same records.
      if (!(error instanceof Problem) || error.code !== 'entry.unknown_key' || !again) throw error;
      await (await import('./device.ts')).renew(item.entries!);
      if (!(await this.sign(item, true))) throw error;
      return this.try_signed(this.find(item.id) as Sending, false);
    }
  }

  // The node has signed for it: what was written goes, the receipt stays (P20).
  async taken(item: Sending, records: Record<string, string | string[]>, signed: string): Promise<void> {
    const record = typeof records.case === 'string' ? records.case : undefined;
    const receipt: Sending = { ...item, body: null, draft: undefined, file: undefined, entries: undefined, ids: undefined, seen_by: undefined, records: undefined, unsigned: undefined, receipt: signed, state: 'taken', taken: new Date().toISOString(), record, detail: undefined, errors: undefined };
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
