// The interface's own words, in the reader's language (src/strings/*.ftl; tools/check_strings.py holds them complete).
// What the pack says comes from the node in the same language.

import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';

export const languages = [
  { code: 'en', name: 'English' },
  { code: 'hi', name: 'हिन्दी' },
  { code: 'bn', name: 'বাংলা' },
  { code: 'as', name: 'অসমীয়া' },
  { code: 'ne', name: 'नेपाली' },
] as const;

// In two parts (words.mjs): what the door says comes first, the rest with the first screen.
const door = import.meta.glob<string>('../strings/*.ftl', { query: '?door', import: 'default' });
const rest = import.meta.glob<string>('../strings/*.ftl', { query: '?rest', import: 'default' });
const part = (files: typeof door, language: string): Promise<string> => (files[`../strings/${language}.ftl`] ?? files['../strings/en.ftl'])();

export type Say = (id: string, values?: Record<string, FluentVariable>) => string;

async function bundle_of(language: string, whole: boolean): Promise<FluentBundle> {
  const bundle = new FluentBundle(language, { useIsolating: false });
  for (const text of await Promise.all([part(door, language), ...(whole ? [part(rest, language)] : [])])) bundle.addResource(new FluentResource(text));
  return bundle;
}
const said_by = (bundle: FluentBundle | undefined): Say => (id, values) => {
  const message = bundle?.getMessage(id);
  return message?.value ? bundle!.formatPattern(message.value, values ?? null, []) : '';
};

// The same sentences in the language of somebody else who is asked, beside the reader's own.
export async function voice(language: string): Promise<Say> { return said_by(await bundle_of(language, true)); }

class Words {
  language = $state('en');
  ready = $state(false);
  private bundle = $state.raw<FluentBundle>();
  private whole = '';       // the language whose rest is there
  private wanted = false;   // somebody is past the door

  async speak(language: string): Promise<void> {
    const whole = this.wanted;
    this.bundle = await bundle_of(language, whole);
    this.whole = whole ? language : '';
    this.language = language;
    this.ready = true;
    document.documentElement.lang = language;
  }

  // At the start: where that language is not at hand, one that is.
  async speak_some(language: string): Promise<void> {
    for (const one of [language, ...languages.map(({ code }) => code)]) {
      try {
        return await this.speak(one);
      } catch {
        continue;
      }
    }
    throw new Error('no language is at hand');
  }

  // Before anything but the door is shown.
  async all(): Promise<void> {
    this.wanted = true;
    if (this.ready && this.whole !== this.language) await this.speak(this.language);
  }

  say(id: string, values?: Record<string, FluentVariable>): string {
    return said_by(this.bundle)(id, values);
  }

  has(id: string): boolean { return this.bundle?.hasMessage(id) ?? false; }
}

export const words = new Words();
export const say = (id: string, values?: Record<string, FluentVariable>): string => words.say(id, values);
