// What one person answered, question by question: the newest answer over all consents of hers counts, as the node counts it
// (src/record/fold.h, has_agreed).  Pure.

import type { Rec } from '../../lib/node.ts';

export type Standing = 'open' | 'yes' | 'until' | 'ended' | 'no' | 'back' | 'kept';
export interface Stands { is: Standing; at: string; until: string; sending?: true }
// An answer that waits in the outbox counts as the newest.
export interface Waiting { field: string; yes: boolean; until: string; at: string }

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

// "2026" and "2026-11" hold to the end of the year or month that they name.
export function has_run_out(until: string, today: string): boolean { return until !== '' && today.slice(0, until.length) > until; }

// The moment when a record was made stands in its own id (UUIDv7).
export function made_at(id: string): string { return new Date(parseInt(id.replace(/-/g, '').slice(0, 12), 16)).toISOString(); }

export function stands(field: string, consents: Rec[], waiting: Waiting[], today: string): Stands {
  let now: Stands = { is: 'open', at: '', until: '' };
  for (const consent of [...consents].sort((a, b) => a.id.localeCompare(b.id))) {
    const said = consent.fields[field];
    if (said === undefined || said === null) continue;
    now = next(now, said, text(consent.fields.expires), made_at(consent.id), today);
  }
  for (const one of waiting.filter((each) => each.field === field)) now = { ...next(now, one.yes ? 'yes' : 'no', one.until, one.at, today), sending: true };
  return now;
}

function next(before: Stands, said: unknown, until: string, at: string, today: string): Stands {
  if (said === 'yes') return { is: has_run_out(until, today) ? 'ended' : until ? 'until' : 'yes', at, until };
  if (said === 'no') return { is: ['yes', 'until', 'ended', 'back'].includes(before.is) ? 'back' : 'no', at, until: '' };
  return typeof said === 'object' && said !== null && ('kept' in said || 'sealed' in said) ? { is: 'kept', at, until: '' } : before;
}
