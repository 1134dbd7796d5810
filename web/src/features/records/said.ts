// What was said of a field before: every value that was ever written, by whom and when, from a record's history.  Pure.

import type { Entry, Type } from '../../lib/node.ts';

export interface Said { value: unknown; by: string; received: string; entry: string }

// Registers only: what is stated several times (claims) and lists stand as they are.
export function said_of(type: Type, entries: Entry[]): Record<string, Said[]> {
  const found: Record<string, Said[]> = {};
  for (const entry of [...entries].sort((a, b) => a.received.localeCompare(b.received))) {
    for (const [name, value] of Object.entries(entry.fields)) {
      const field = type.fields[name];
      if (!field || field.many || field.claims || field.kind === 'relation') continue;
      (found[name] ??= []).push({ value, by: entry.by, received: entry.received, entry: entry.entry });
    }
  }
  return found;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

// What stood there and stands there no longer, newest first.
export function earlier(now: unknown, all: Said[]): Said[] {
  const found: Said[] = [];
  for (const one of [...all].reverse()) if (!same(one.value, now) && !found.some((other) => same(other.value, one.value))) found.push(one);
  return found;
}
