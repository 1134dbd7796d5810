// A value of a field as a reader reads it.

import type { Field, Unit } from '../../lib/node.ts';
import { grouped } from '../../lib/numbers.ts';
import { age, none_text } from '../../lib/says.ts';
import { moment, written_date } from '../../lib/times.ts';
import { say } from '../../lib/words.svelte.ts';

export function answer(field: Field, value: unknown, units: Unit[], language: string): string {
  if (value === null || value === undefined) return '';
  const none = none_text(value);
  if (none) return none;
  if (Array.isArray(value)) return value.map((one) => answer(field, one, units, language)).join(', ');
  if (typeof value === 'object') {
    const one = value as Record<string, unknown>;
    if ('value' in one) return answer(field, one.value, units, language);
    if ('years' in one) return age(one);
    if (one.sealed || one.kept) return say('facts-sealed');
    if (one.erased) return say('facts-erased');
    if ('amount' in one) return `${String(one.currency)} ${grouped(Number(one.amount) / 100, language)}`;
    return [one.text, one.code].filter(Boolean).join(', ');
  }
  switch (field.kind) {
    case 'yes_no': return value === 'yes' || value === 'no' ? say(value) : String(value);
    case 'choice':
    case 'choices': return field.choices?.find((one) => one.code === value)?.label ?? String(value);
    case 'unit': return units.find((one) => one.unit === value)?.title ?? '';
    case 'time': return moment(String(value), language);
    case 'date': return written_date(String(value), language);
    case 'number': return grouped(Number(value), language);
    default: return String(value);
  }
}
