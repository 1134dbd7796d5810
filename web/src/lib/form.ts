// A form as the pack draws it, and a draft of its answers: which question comes next, what is still open, what is sent.
// Pure; it writes nothing and asks no node.
//
// A draft holds what was typed, as it was typed (`raw`); `value_of` makes of it what the node takes, or says what is wrong.

import { holds, none_of } from './condition.ts';
import { plain_digits } from './numbers.ts';
import { with_offset } from './times.ts';

export interface Choice { code: string; label: string }
export interface Question { alias: string; field: string; kind: string; ask: string; help?: string; choices?: Choice[]; to?: string; required: boolean; many: boolean }
export interface Making { type: string; many?: boolean; for_each?: string; optional?: boolean; [field: string]: unknown }
export interface Form { form: string; title: string; makes: Record<string, Making>; enough: string[]; pages: { title: string; show_when?: unknown; ask: Question[] }[] }

export type Raw = unknown;
// answers[alias][index][field]; an alias that is there once has index 0.
export type Answers = Record<string, Record<string, Raw>[]>;
export interface Draft { form: string; title: string; answers: Answers; records: Record<string, string>; at: string; saved: string; task?: string; ids?: string[]; seen?: Record<string, string[]>; faults?: { pointer: string; detail: string }[] }

// One question put once: to the case, or to one of several people.
export interface Step { id: string; question: Question; index: number; page: number; page_title: string; person: number }

export function new_draft(form: Form, records: Record<string, string>): Draft {
  const answers: Answers = {};
  for (const alias of Object.keys(form.makes)) answers[alias] = [{}];
  return { form: form.form, title: form.title, answers, records, at: '', saved: '' };
}

// The alias whose count decides how often this one is asked: itself where it is many, or what it is for each of.
export function group_of(form: Form, alias: string, records: Record<string, string>): string | undefined {
  const making = form.makes[alias];
  if (!making || records[alias]) return undefined;
  if (making.many) return alias;
  return making.for_each ? group_of(form, making.for_each, records) : undefined;
}

export function facts_of(form: Form, draft: Draft, index: number): Record<string, unknown> {
  const facts: Record<string, unknown> = {};
  for (const [alias, making] of Object.entries(form.makes)) {
    for (const [name, value] of Object.entries(making)) if (typeof value === 'string') facts[`${alias}.${name}`] = value;
    const given = draft.answers[alias]?.[group_of(form, alias, draft.records) ? index : 0] ?? {};
    for (const page of form.pages) {
      for (const question of page.ask) {
        if (question.alias !== alias) continue;
        const made = value_of(question, given[question.field]);
        if ('value' in made && made.value !== undefined) facts[`${alias}.${question.field}`] = made.value;
      }
    }
  }
  return facts;
}

// In the order of the pack for the case and the first person; then the questions about each further person.
export function steps(form: Form, draft: Draft): Step[] {
  const list: Step[] = [];
  const groups = [...new Set(Object.keys(form.makes).map((alias) => group_of(form, alias, draft.records)).filter((group) => group !== undefined))];
  const walk = (index: number, only: string | undefined): void => {
    const facts = facts_of(form, draft, index);
    form.pages.forEach((page, number) => {
      if (page.show_when && holds(page.show_when, facts) !== 'true') return;
      for (const question of page.ask) {
        const group = group_of(form, question.alias, draft.records);
        if (only !== undefined && group !== only) continue;
        const at = group ? index : 0;
        list.push({ id: `${question.alias}.${at}.${question.field}`, question, index: at, page: number, page_title: page.title, person: group ? index + 1 : 0 });
      }
    });
  };
  walk(0, undefined);
  for (const group of groups) for (let index = 1; index < (draft.answers[group]?.length ?? 1); index += 1) walk(index, group);
  return list;
}

export function raw_at(draft: Draft, step: Step): Raw { return draft.answers[step.question.alias]?.[step.index]?.[step.question.field]; }

export function is_open(question: Question, raw: Raw): boolean {
  const made = value_of(question, raw);
  return 'value' in made && (made.value === undefined || none_of(made.value) === 'not_asked');
}

export function missing(form: Form, draft: Draft): Step[] { return steps(form, draft).filter((step) => step.question.required && is_open(step.question, raw_at(draft, step))); }

const text_of = (raw: Raw): string => (typeof raw === 'string' ? raw.trim() : '');

type Made = { value: unknown } | { fault: string };
const open: Made = { value: undefined };

// What the node takes; `value: undefined` where nothing was answered; `fault` names a sentence.
export function value_of(question: Question, raw: Raw): Made {
  if (raw === undefined || raw === null || raw === '') return open;
  if (none_of(raw) !== undefined) return { value: raw };
  if (question.many) {
    const list = (Array.isArray(raw) ? raw : [raw]).map((one) => value_of({ ...question, many: false }, one));
    const wrong = list.find((one) => 'fault' in one);
    if (wrong) return wrong;
    const values = list.map((one) => (one as { value: unknown }).value).filter((value) => value !== undefined);
    return values.length > 0 ? { value: values } : open;
  }
  switch (question.kind) {
    case 'number': return whole(text_of(raw), 'fault-number');
    case 'age': {
      const { years, how } = raw as { years?: string; how?: string };
      if (!text_of(years)) return open;
      const number = whole(text_of(years), 'fault-age');
      if ('fault' in number || (number.value as number) > 130) return { fault: 'fault-age' };
      return { value: { years: number.value, how: how ?? 'exact' } };
    }
    case 'time': {
      const { date, time } = raw as { date?: string; time?: string };
      if (!date && !time) return open;
      if (!date || !time) return { fault: 'fault-time' };
      return { value: with_offset(date, time) };
    }
    case 'date': return a_date(raw as { year?: string; month?: string; day?: string });
    case 'money': {
      const amount = text_of((raw as { amount?: string }).amount);
      if (!amount) return open;
      const number = whole(amount, 'fault-number');
      return 'fault' in number ? number : { value: { amount: (number.value as number) * 100, currency: 'INR' } };
    }
    case 'phone': {
      const typed = plain_digits(text_of(raw));
      if (!typed) return open;
      return /^[0-9+\-() ]+$/.test(typed) ? { value: typed } : { fault: 'fault-phone' };
    }
    case 'choices': return Array.isArray(raw) && raw.length > 0 ? { value: raw } : open;
    default: {
      const text = text_of(raw);
      return text ? { value: text } : open;
    }
  }
}

function whole(text: string, fault: string): Made {
  const digits = plain_digits(text).replace(/[\s,]/g, '');
  return /^[0-9]{1,12}$/.test(digits) ? { value: Number(digits) } : { fault };
}

function a_date(raw: { year?: string; month?: string; day?: string }): Made {
  const year = plain_digits(text_of(raw.year));
  const day = plain_digits(text_of(raw.day));
  if (!year && !raw.month && !day) return open;
  if (!/^[12][0-9]{3}$/.test(year) || (day && (!raw.month || !/^[0-9]{1,2}$/.test(day)))) return { fault: 'fault-date' };
  return { value: [year, raw.month, day && day.padStart(2, '0')].filter(Boolean).join('-') };
}

// What is sent: only what is shown and answered.
export function submission(form: Form, draft: Draft): { answers: Record<string, unknown>; records?: Record<string, string> } {
  const answers: Record<string, Record<string, unknown>[]> = {};
  for (const step of steps(form, draft)) {
    const made = value_of(step.question, raw_at(draft, step));
    if ('fault' in made || made.value === undefined) continue;
    const list = (answers[step.question.alias] ??= []);
    (list[step.index] ??= {})[step.question.field] = made.value;
  }
  const sent: Record<string, unknown> = {};
  for (const alias of Object.keys(form.makes)) {
    const group = group_of(form, alias, draft.records);
    const list = answers[alias] ?? [];
    if (group) sent[alias] = Array.from({ length: draft.answers[group].length }, (_, index) => list[index] ?? {});
    else if (list[0]) sent[alias] = list[0];
  }
  return Object.keys(draft.records).length > 0 ? { answers: sent, records: draft.records } : { answers: sent };
}

// The step that a fault of the node speaks of: /answers/person/0/age.
export function step_of_pointer(list: Step[], pointer: string): Step | undefined {
  const [, , alias, ...rest] = pointer.split('/');
  const index = /^[0-9]+$/.test(rest[0] ?? '') ? Number(rest.shift()) : 0;
  return list.find((step) => step.question.alias === alias && step.index === index && (rest.length === 0 || step.question.field === rest[0]));
}
