// Comparisons as the node says them, and the few words that several screens need.

import { records, text, type Found, type Rec } from '../../lib/node.ts';
import { get } from '../../lib/api.ts';
import { say } from '../../lib/words.svelte.ts';

export interface Side { withheld?: true; record?: Rec; cases?: { case: string; part: string; number?: string; as?: string }[] }
export interface Match {
  id: string; kind: string; state: string; since: string; found: Found; sides: [Side, Side]; call?: { unit: string; title: string };
  steps: { do: string; at: string; by: string; decision?: string; words?: string }[]; may_decide: boolean; may_undo: boolean;
}
export interface Sight { person: Rec; cases: Rec[] }

export const likeness = (strength: string): string => say(`likeness-${strength}`);

export function names_of(person: Rec | undefined): string {
  const names = person?.fields.names;
  return Array.isArray(names) ? names.filter((one) => typeof one === 'string' && one !== '••••••').join(', ') : '';
}

// People by name or number, each with the cases that they stand in; nothing outside one's reach comes.
export async function people_called(q: string): Promise<{ people: Sight[]; reading: boolean }> {
  const page = await get<{ records: Rec[]; still_reading?: true }>(`/records?type=person&q=${encodeURIComponent(q)}`);
  const people = await Promise.all(page.records.slice(0, 20).map(async (person) => {
    const parts = await records(`type=part&of=${person.id}`);
    const roots = [...new Set(parts.records.map((part) => text(part.fields.case)))].filter(Boolean);
    const cases = await Promise.all(roots.map((root) => get<Rec>(`/records/${root}`).catch(() => undefined)));
    return { person, cases: cases.filter((one) => one !== undefined) };
  }));
  return { people, reading: page.still_reading === true };
}
