// Moments and lengths of time in words.  Times are shown by the device's own zone; what is sent carries its offset.

import { in_digits } from './numbers.ts';
import { words } from './words.svelte.ts';

const months: Record<string, string> = {
  en: 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec',
  hi: 'जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर',
  bn: 'জানুয়ারি ফেব্রুয়ারি মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর',
  as: 'জানুৱাৰী ফেব্ৰুৱাৰী মাৰ্চ এপ্ৰিল মে’ জুন জুলাই আগষ্ট ছেপ্টেম্বৰ অক্টোবৰ নৱেম্বৰ ডিচেম্বৰ',
  ne: 'जनवरी फेब्रुअरी मार्च अप्रिल मे जुन जुलाई अगस्ट सेप्टेम्बर अक्टोबर नोभेम्बर डिसेम्बर',
};

const weekdays: Record<string, string> = {
  en: 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday',
  hi: 'रविवार सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार',
  bn: 'রবিবার সোমবার মঙ্গলবার বুধবার বৃহস্পতিবার শুক্রবার শনিবার',
  as: 'দেওবাৰ সোমবাৰ মঙলবাৰ বুধবাৰ বৃহস্পতিবাৰ শুক্ৰবাৰ শনিবাৰ',
  ne: 'आइतबार सोमबार मङ्गलबार बुधबार बिहीबार शुक्रबार शनिबार',
};

const two = (number: number): string => String(number).padStart(2, '0');

export function month_names(language: string): string[] { return (months[language] ?? months.en).split(' '); }

export function weekday_names(language: string): string[] { return (weekdays[language] ?? weekdays.en).split(' '); }

export function short_weekday(name: string): string { return /^[A-Z]/.test(name) ? name.slice(0, 3) : name.replace(/(वार|বার|বাৰ|बार)$/, ''); }

// "Saturday, 21 November 2026".
export function whole_day(text: string, language: string): string {
  return `${weekday_names(language)[new Date(`${text}T12:00:00`).getDay()]}, ${written_date(text, language)}`;
}

export function clock_time(at: Date, language: string): string { return in_digits(`${two(at.getHours())}:${two(at.getMinutes())}`, language); }

export function day(at: Date, language: string, now = new Date()): string {
  const year = at.getFullYear() === now.getFullYear() ? '' : ` ${at.getFullYear()}`;
  return in_digits(`${at.getDate()} `, language) + month_names(language)[at.getMonth()] + in_digits(year, language);
}

// A day, a month or a year, as far as it is known: 2026, 2026-11, 2026-11-21.
export function written_date(text: string, language: string): string {
  const [year, month, day] = text.split('-');
  return [day && in_digits(String(Number(day)), language), month && month_names(language)[Number(month) - 1], in_digits(year, language)].filter(Boolean).join(' ');
}
export function iso_day(at: Date): string { return local_parts(at).date; }

const day_of = (at: Date): number => Math.floor((at.getTime() - at.getTimezoneOffset() * 60_000) / 86_400_000);

export function moment(text: string, language: string, now = new Date()): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return text;
  const time = clock_time(at, language);
  const apart = day_of(at) - day_of(now);
  if (apart === 0) return words.say('time-today', { time });
  if (apart === -1) return words.say('time-yesterday', { time });
  if (apart === 1) return words.say('time-tomorrow', { time });
  return words.say('time-day', { day: day(at, language, now), time });
}

// "3 hours 20 minutes", "2 days": the two largest parts.
export function length(milliseconds: number, language: string): string {
  const minutes = Math.max(1, Math.round(Math.abs(milliseconds) / 60_000));
  const parts: [string, number][] = minutes >= 2 * 1440 ? [['days', Math.floor(minutes / 1440)], ['hours', minutes < 4 * 1440 ? Math.floor((minutes % 1440) / 60) : 0]]
                                                        : [['hours', Math.floor(minutes / 60)], ['minutes', minutes < 1440 ? minutes % 60 : 0]];
  return parts.filter(([, count]) => count > 0).map(([unit, count]) => words.say(`length-${unit}`, { count, shown: in_digits(String(count), language) })).join(' ');
}

// "24 hours" as a pack writes it, in the reader's words; null where there is no limit on record.
export function limit(within: string, language: string): string {
  if (within === 'at once') return words.say('limit-at-once');
  const [count, ...unit] = within.split(' ');
  const id = `limit-${unit.join('-').replace(/s$/, '')}s`;
  return words.has(id) ? words.say(id, { count: Number(count), shown: in_digits(count, language) }) : within;
}

// A local day and time with the device's offset: 2026-11-21T16:05+05:30.
export function with_offset(date: string, time: string): string {
  const at = new Date(`${date}T${time}`);
  const offset = -at.getTimezoneOffset();
  return `${date}T${time}${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
}

export function local_parts(at: Date): { date: string; time: string } {
  return { date: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`, time: `${two(at.getHours())}:${two(at.getMinutes())}` };
}
