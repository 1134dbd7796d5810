// This device as one that writes by itself: a key of its own for each person, introduced to the node; entries signed with it
// (docs/formats/entry.md) when there is no line; the node's receipts, checked (docs/formats/receipt.md); and a file to be carried.
//
// It comes with the first form that is opened while there is a line, and stays.  What it keeps lies sealed with the rest.

import { call, get, Problem } from './api.ts';
import { base64url, bytes_of, sha256, utf8 } from './bytes.ts';
import { new_pair, sign, verify, type Pair } from './curve.ts';
import { kept_too } from './node.ts';
import { has_rules, rules } from './rules.ts';
import { session } from './session.svelte.ts';

interface Own { kind: 'device'; pair: Pair; kid: string; introduced: boolean; sequence: number }
interface Node { node: string; file: { x: string }; keys: { x: string }[] }
interface Field { class: string; many?: boolean }
interface FormRules { form: string; reference: string; pack: { types: Record<string, { fields: Record<string, Field> }> } }
interface Planned { record: string; type: string; is_new: boolean; fields: Record<string, unknown>; links: Record<string, unknown> }
interface Plan { faults: { pointer: string; code: string; message: string }[]; records: Planned[]; bearers: string[]; happened?: string; made: Record<string, string | string[]> }
export interface Receipt { node: string; actor: string; submission: string; at: string; entries?: string[]; request?: string; count?: number }

// What is signed: the answers to a form.  `key`: the name under which it is handed in, whichever way; `ids`: of the records
// that it makes, the same however often it is signed; `seen`: what its author had read of the records that it changes.
export interface Wanted { form: string; key: string; body: { answers: Record<string, unknown>; records?: Record<string, string> }; ids: string[]; seen: Record<string, string[]> }
export interface Signed { entries: string[]; made: Record<string, string | string[]> }

const ids_max = 400;
export const new_ids = (): string[] => Array.from({ length: ids_max }, () => new_id());

// A UUID of version 7 (RFC 9562).
export function new_id(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  new DataView(bytes.buffer).setUint32(0, Math.floor(now / 65_536));
  new DataView(bytes.buffer).setUint16(4, now % 65_536);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const encoded = (value: unknown): string => base64url(utf8(JSON.stringify(value)));
const digest = async (text: string): Promise<string> => base64url(await sha256(utf8(text)));

async function jws(own: Own, typ: string, payload: unknown): Promise<string> {
  const input = `${encoded({ alg: 'EdDSA', typ, kid: own.kid })}.${encoded(payload)}`;
  return `${input}.${await sign(own.pair, input)}`;
}

const own_device = async (): Promise<Own | undefined> => session.keep?.get<Own>('device');
const the_node = (): Promise<Node> => kept_too<Node>('/devices/node', 'en');

// What reads this device's key and writes it again, one at a time, in every tab: two at once would make two keys, or number two
// entries alike.  Where a browser has no locks across tabs (no secure page), at least in this one.
let before: Promise<unknown> = Promise.resolve();
function alone<T>(work: () => Promise<T>): Promise<T> {
  if (navigator.locks) return navigator.locks.request('device', work) as Promise<T>;
  const run = before.then(work);
  before = run.catch(() => {});
  return run;
}

// A key that the node knows; throws NoLine.  Kept before it is introduced, so that a lost answer makes no second one.
const introduced = (): Promise<Own | undefined> => alone(introduce);
async function introduce(): Promise<Own | undefined> {
  const { keep, me } = session;
  if (!keep || !me) return undefined;
  let own = await own_device();
  if (!own) {
    const pair = await new_pair();
    own = { kind: 'device', pair, kid: await digest(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x: pair.x })), introduced: false, sequence: 0 };
    await keep.put('device', own, true);  // forgotten with what was sent; another key is made then
  }
  if (own.introduced) return own;
  try {
    const { node } = await the_node();
    await call('POST', '/devices', { body: { jwk: { kty: 'OKP', crv: 'Ed25519', x: own.pair.x }, proof: await jws(own, 'device+jwt', { node, actor: me.actor }) } });
  } catch (error) {
    // Known already: the answer was lost.  Twenty devices: this one goes on without, as before.
    if (!(error instanceof Problem)) throw error;
    if (error.code !== 'device.known') return undefined;
  }
  own = { ...own, introduced: true };
  await keep.put('device', own, true);  // forgotten with what was sent; another key is made then
  return own;
}

// While there is a line: what it takes to fill and sign this form without one.
export async function make_ready(form: string): Promise<void> {
  if (!has_rules()) return;
  await Promise.all([introduced(), import('./age.ts'), rules({ do: 'years', age: { years: 1, how: 'exact' } }), kept_too<FormRules>(`/forms/${form}/rules`, 'en')]);
}

// The node no longer takes the key of these entries: a new one is introduced, unless that was done for others already, and what
// was signed with the old one is signed anew.
export function renew(entries: string[]): Promise<unknown> {
  return alone(async () => {
    const { kid } = JSON.parse(new TextDecoder().decode(bytes_of(entries[0].slice(0, entries[0].indexOf('.'))))) as { kid: string };
    if ((await own_device())?.kid === kid) await session.keep?.drop('device');
    return introduce();
  });
}

async function entry(own: Own, head: Record<string, unknown>, fields: [string, unknown][]): Promise<string> {
  const disclosures = [['head', head] as [string, unknown], ...fields].map(([name, value]) => encoded([base64url(crypto.getRandomValues(new Uint8Array(16))), name, value]));
  const digests = await Promise.all(disclosures.map(digest));
  let size = 4;
  while (size < digests.length) size *= 2;
  while (digests.length < size) digests.push(base64url(crypto.getRandomValues(new Uint8Array(32))));
  const payload = { iss: own.kid, iat: Math.floor(Date.now() / 1000), _sd_alg: 'sha-256', fld: { _sd: digests.sort() } };
  return `${await jws(own, 'entry+sd-jwt', payload)}~${disclosures.map((one) => `${one}~`).join('')}`;
}

// undefined: it cannot be signed here, and waits for the line as it is.  That is so where this device is not ready, where an answer must be
// sealed to people whose keys only the node has, and where a record is changed that its author had not read.
export async function sign_form(wanted: Wanted): Promise<Signed | undefined> {
  const own = await own_device();
  const { keep, me } = session;
  if (!own?.introduced || !keep || !me || !has_rules()) return undefined;
  let from: FormRules;
  let plan: Plan;
  const existing = wanted.body.records ?? {};
  try {
    from = await kept_too<FormRules>(`/forms/${wanted.form}/rules`, 'en');
    plan = await rules<Plan>({ do: 'plan', pack: from.pack, form: wanted.form, answers: wanted.body.answers, existing, ids: wanted.ids });
  } catch {
    return undefined;
  }
  if (!plan.records || plan.faults.length > 0 || plan.bearers.length === 0) return undefined;
  const drafts: { do: string; rec: string; fields: [string, unknown][] }[] = [];
  for (const record of plan.records) {
    const fields: [string, unknown][] = [];
    for (const [name, value] of Object.entries(record.fields)) {
      const definition = from.pack.types[record.type].fields[name];
      if (definition.class === 'sealed') return undefined;
      if (definition.many) for (const one of value as unknown[]) fields.push([`${name}/${base64url(crypto.getRandomValues(new Uint8Array(6)))}`, one]);
      else fields.push([name, value]);
    }
    if (record.is_new) fields.push(['unit_of_origin', me.unit], ...Object.entries(record.links));
    else if (!wanted.seen[record.record]) return undefined;
    if (fields.length > 0) drafts.push({ do: `${record.type}.${record.is_new ? 'opened' : 'changed'}`, rec: record.record, fields });
  }
  for (const bearer of plan.bearers) {
    if (!plan.records.some((one) => one.record === bearer && one.is_new) && !wanted.seen[bearer]) return undefined;
    drafts.push({ do: 'form.submitted', rec: bearer, fields: [...(plan.happened ? [['at', plan.happened] as [string, unknown]] : []), ['form', wanted.form]] });
  }
  // Its own numbers are taken before it is signed, and never given twice.
  const sequence = await alone(async () => {
    const now = await own_device();
    if (now?.kid !== own.kid) return undefined;
    await keep.put('device', { ...now, sequence: now.sequence + drafts.length } satisfies Own, true);
    return now.sequence;
  });
  if (sequence === undefined) return undefined;
  const entries: string[] = [];
  const newest: Record<string, string[]> = { ...wanted.seen };
  for (const [index, draft] of drafts.entries()) {
    const head = { do: draft.do, rec: draft.rec, by: me.actor, aft: newest[draft.rec] ?? [], pck: from.reference, txn: wanted.key, of: drafts.length, seq: sequence + index + 1 };
    const made = await entry(own, head, draft.fields);
    newest[draft.rec] = [await digest(made.slice(0, made.indexOf('~')))];
    entries.push(made);
  }
  return { entries, made: plan.made };
}

export const request_digest = (body: unknown): Promise<string> => digest(JSON.stringify(body));
export const entry_ids = (entries: string[]): Promise<string[]> => Promise.all(entries.map((one) => digest(one.slice(0, one.indexOf('~')))));

// A receipt as it stands, if this node signed it and for this person; undefined otherwise.
export async function read_receipt(compact: string): Promise<Receipt | undefined> {
  const [head, payload, signature, more] = compact.split('.');
  if (!head || !payload || !signature || more !== undefined) return undefined;
  try {
    const { alg, typ, kid } = JSON.parse(new TextDecoder().decode(bytes_of(head))) as { alg: string; typ: string; kid: string };
    if (alg !== 'EdDSA' || typ !== 'receipt+jwt') return undefined;
    // A key that is not known yet: the node has a new one, which it says where there is a line.
    for (const ask of [the_node, () => get<Node>('/devices/node')]) {
      const node = await ask().catch(() => undefined);
      for (const key of node?.keys ?? []) {
        if (await digest(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x: key.x })) !== kid) continue;
        if (!(await verify(key.x, signature, `${head}.${payload}`))) return undefined;
        const receipt = JSON.parse(new TextDecoder().decode(bytes_of(payload))) as Receipt;
        return receipt.node === node!.node && receipt.actor === session.me?.actor ? receipt : undefined;
      }
    }
  } catch {
    return undefined;
  }
  return undefined;
}

// What is not yet sent, for the node alone.
export async function sealed_file(items: string[][]): Promise<Blob> {
  const { age_seal } = await import('./age.ts');
  const { node, file } = await the_node();
  const plain = utf8(JSON.stringify({ sanjal: 'unsent/1', node, actor: session.me!.actor, items }));
  return new Blob([await age_seal(file.x, plain)], { type: 'application/octet-stream' });
}
