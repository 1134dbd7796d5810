// The closed grammar of conditions (src/rules/condition.h), three-valued, for what a form shows while it is filled.  The node
// judges again with its own; tests/web/vectors.mjs holds both to the same vectors.

export type Truth = 'true' | 'false' | 'unknown';
type Json = unknown;
type Facts = Record<string, Json>;

const about_years = 2;
const years_max = 130;

export function none_of(value: Json): string | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as { none?: string }).none : undefined;
}

function is_unknown(value: Json): boolean { return value === undefined || value === null || none_of(value) !== undefined || (typeof value === 'object' && ('conflict' in value || 'erased' in value)); }

function years(value: Json): [number, number] | undefined {
  if (typeof value !== 'object' || value === null || !('years' in value)) return undefined;
  const { years: n, how } = value as { years: number; how: string };
  if (how === 'about') return [Math.max(0, n - about_years), n + about_years];
  if (how === 'over') return [n + 1, years_max];
  if (how === 'under') return [0, Math.max(0, n - 1)];
  return [n, n];
}

function compare(value: Json, test: Json): Truth {
  const wanted = typeof test === 'object' && test !== null && !Array.isArray(test) ? (test as Record<string, Json>) : { equals: test };
  if ('known' in wanted) return is_unknown(value) !== (wanted.known === true) ? 'true' : 'false';
  if (is_unknown(value)) return 'unknown';
  if ('has' in wanted) return Array.isArray(value) ? (value.includes(wanted.has) ? 'true' : 'false') : value === wanted.has ? 'true' : 'false';
  if ('is' in wanted) return (wanted.is as Json[]).includes(value) ? 'true' : 'false';
  if ('from' in wanted || 'to' in wanted) {
    const span = years(value) ?? (typeof value === 'number' ? [value, value] : undefined);
    if (!span) return 'unknown';
    const from = (wanted.from as number | undefined) ?? -Infinity;
    const to = (wanted.to as number | undefined) ?? Infinity;
    if (span[0] >= from && span[1] <= to) return 'true';
    return span[1] < from || span[0] > to ? 'false' : 'unknown';
  }
  return value === wanted.equals ? 'true' : 'false';
}

function all(truths: Truth[]): Truth { return truths.includes('false') ? 'false' : truths.includes('unknown') ? 'unknown' : 'true'; }

export function holds(condition: Json, facts: Facts): Truth {
  if (condition === null || typeof condition !== 'object') return 'unknown';
  const truths: Truth[] = [];
  for (const [name, test] of Object.entries(condition as Record<string, Json>)) {
    if (name === 'all') truths.push(all((test as Json[]).map((one) => holds(one, facts))));
    else if (name === 'any') {
      const some = (test as Json[]).map((one) => holds(one, facts));
      truths.push(some.includes('true') ? 'true' : some.includes('unknown') ? 'unknown' : 'false');
    } else if (name === 'not') {
      const inner = holds(test, facts);
      truths.push(inner === 'unknown' ? 'unknown' : inner === 'true' ? 'false' : 'true');
    } else truths.push(compare(facts[name], test));
  }
  return all(truths);
}
