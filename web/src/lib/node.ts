// What the node says, as types, and the few questions that several screens ask.  Follows /api/v1/openapi.json.

import { get, NoLine } from './api.ts';
import type { Choice } from './form.ts';
import { session } from './session.svelte.ts';
import { words } from './words.svelte.ts';

export interface Source { act?: string; section?: string; rule?: string; order?: string; scheme?: string; practice?: string; confidence?: string }
export interface Task {
  id: string; record: string; case: string; step: string; title: string; who: string[]; state: 'open' | 'waiting' | 'gated' | 'approving' | 'done' | 'skipped';
  due?: string; late?: boolean; clock?: string; nature?: string; within?: string; ended?: string; reason?: string; source?: Source | null; gate?: { says: string; source: Source | null };
  owner?: string; stage?: string; form?: string; note?: string; number?: string;
  approval?: { wanted: number; signed: number; says: string; source: Source | null; mine?: true; sent_back?: { reason: string; at: string } };
}
export interface Clock {
  rule: string; record: string; step: string; state: 'running' | 'stopped' | 'late' | 'no_limit'; started: string | null; due?: string; stopped?: string; was_late?: true;
  nature: string; source?: Source | null; reason_for_delay?: string; within?: string; asks?: Choice[];
}
export interface Rec { id: string; type: string; state: string; number?: string; fields: Record<string, unknown>; withheld?: true; heads: string[]; doubts?: { field: string; detail: string }[]; found?: Found }
export interface Found { strength: 'strong' | 'fair' | 'weak'; reasons: { code: string; words: string; speaks_for: boolean }[] }
export interface Alert { alert: string; record?: string; since: string; says: string; number?: string; step?: string; title?: string; rule?: string; told?: string; due?: string; unit?: string; by?: string; call?: { unit: string; title: string } }
export interface Offer { referral: string; state: string; from: string; offered: string; asks: string; words?: string; until?: string; number: number; sexes?: string[]; ages?: string[]; languages?: string[] }
export interface Party { unit: string; code?: string; title?: string }
export interface Referral {
  id: string; state: string; direction: 'in' | 'out'; offered: string; from: Party; to: Party; asks: string; words?: string; until?: string; number: number;
  sexes?: string[]; ages?: string[]; languages?: string[]; about?: string[]; events: { do: string; at: string; reason?: string; words?: string; answer?: string }[];
}
export interface Worklist { tasks: Task[]; offers: Offer[]; alerts: Alert[] }
export interface Unit { unit: string; code: string; title: string; kind: string }
export interface Entry { entry: string; do: string; by: string; received: string; signed_by: string; fields: Record<string, unknown>; withheld?: true }
export interface Field { ask: string; kind: string; class: string; choices?: Choice[]; many?: boolean; claims?: boolean }
export interface Type { type: string; title: string; fields: Record<string, Field> }

const kept = new Map<string, Promise<unknown>>();
// Asked once in a session and language; a failure is not remembered.
function once<T>(path: string, language = words.language): Promise<T> {
  const name = `${language} ${path}`;
  let answer = kept.get(name) as Promise<T> | undefined;
  if (!answer) {
    answer = kept_too<T>(path, language);
    kept.set(name, answer);
    answer.catch(() => kept.delete(name));
  }
  return answer;
}
// What the node said last, sealed, for when there is no line: the pack's forms and words, units, and the worklist, which holds
// numbers, steps and times but no name (P20).
export async function kept_too<T>(path: string, language = words.language): Promise<T> {
  const id = `seen/${language}${path}`;
  try {
    const answer = await get<T>(path, language);
    void session.keep?.put(id, answer, true).catch(() => {});
    return answer;
  } catch (error) {
    const before = error instanceof NoLine ? await session.keep?.get<T>(id) : undefined;
    if (before === undefined) throw error;
    return before;
  }
}
export function forget_all(): void { kept.clear(); }

// `language`: of whoever is asked, where it is not the reader's own.
export const form_of = <T>(name: string, language?: string): Promise<T> => once<T>(`/forms/${name}`, language);
export const type_of = (name: string): Promise<Type> => once<Type>(`/types/${name}`);
export const colleagues = async (): Promise<{ actor: string; user: string }[]> => (await once<{ colleagues: { actor: string; user: string }[] }>('/colleagues')).colleagues;
export const units = async (): Promise<Unit[]> => (await once<{ units: Unit[] }>('/units')).units;
export const records = async (query: string): Promise<{ records: Rec[]; cursor?: string }> => get(`/records?${query}`);
// A case with its people and their parts.
export const all_of = async (root: string): Promise<Rec[]> => (await records(`of=${root}`)).records;

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
