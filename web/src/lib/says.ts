// Plain sentences about tasks, clocks and people, the same on every screen.

import type { Clock, Rec, Source, Task } from './node.ts';
import { none_of } from './condition.ts';
import { in_digits } from './numbers.ts';
import { length, limit } from './times.ts';
import { words } from './words.svelte.ts';

const soon_ms = 24 * 3_600_000;

export function urgency(task: Pick<Task, 'due' | 'late'>, now = Date.now()): 'late' | 'soon' | 'calm' {
  if (!task.due) return 'calm';
  const left = Date.parse(task.due) - now;
  if (task.late) return 'late';
  return left < soon_ms ? 'soon' : 'calm';
}

export function when(task: Pick<Task, 'due' | 'late'>, now = Date.now()): string {
  if (!task.due) return '';
  const left = Date.parse(task.due) - now;
  if (task.late) return words.say('when-late', { by: length(left, words.language) });
  return left < 0 ? words.say('when-now') : words.say('when-left', { left: length(left, words.language) });
}

export function source_text(source: Source | null | undefined): string {
  if (!source) return '';
  const name = source.act ?? source.rule ?? source.order ?? source.scheme ?? '';
  return source.section ? words.say('source-section', { name, section: source.section }) : name;
}

const binding = ['statute', 'rule', 'court_direction'];

// "The law requires" only where it does (P24).
export function law(task: Task, clock: Clock | undefined): string {
  const source = clock?.source ?? task.source;
  const nature = clock?.nature ?? task.nature ?? (task.source?.act ? 'statute' : 'practice');
  const who = words.say(binding.includes(nature) && (source?.act || source?.rule || source?.order) ? 'law-requires' : nature === 'practice' ? 'law-good-practice' : 'law-agreed');
  const length_said = clock?.within ?? task.within;
  const within = clock || task.clock ? (length_said ? words.say('law-within', { limit: limit(length_said, words.language) }) : words.say('law-no-limit')) : '';
  return [within ? words.say('law-joined', { who, within }) : words.say('law-alone', { who }), source_text(source)].filter(Boolean).join(' ');
}

// "Girl, about 12": what may be said of a person without a name.
export function person(record: Rec | undefined): string {
  const fields = record?.fields ?? {};
  const minor = fields.under_18 === 'yes' || fields.under_18 === 'not_sure';
  const sex = typeof fields.sex === 'string' ? fields.sex : '';
  const kind = words.say(sex === 'female' ? (minor ? 'person-girl' : 'person-woman') : sex === 'male' ? (minor ? 'person-boy' : 'person-man') : fields.under_18 === 'no' ? 'person-adult' : minor ? 'person-child' : 'person-person');
  const old = age(fields.age);
  return old ? words.say('person-with-age', { kind, age: old }) : kind;
}

export function age(value: unknown): string {
  const one = Array.isArray(value) ? value.at(-1) : value;
  if (!one || typeof one !== 'object' || !('years' in one)) return '';
  const { years, how } = one as { years: number; how: string };
  return words.say(`age-${how}`, { years: in_digits(String(years), words.language) });
}

export function none_text(value: unknown): string | undefined {
  const none = none_of(value);
  return none ? words.say(`none-${none.replace('_', '-')}`) : undefined;
}
