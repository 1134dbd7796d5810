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

const files = import.meta.glob<string>('../strings/*.ftl', { query: '?raw', import: 'default' });

class Words {
  language = $state('en');
  ready = $state(false);
  private bundle = $state.raw<FluentBundle>();

  async speak(language: string): Promise<void> {
    const load = files[`../strings/${language}.ftl`] ?? files['../strings/en.ftl'];
    const bundle = new FluentBundle(language, { useIsolating: false });
    bundle.addResource(new FluentResource(await load()));
    this.bundle = bundle;
    this.language = language;
    this.ready = true;
    document.documentElement.lang = language;
  }

  say(id: string, values?: Record<string, FluentVariable>): string {
    const message = this.bundle?.getMessage(id);
    return message?.value ? this.bundle!.formatPattern(message.value, values ?? null, []) : '';
  }

  has(id: string): boolean { return this.bundle?.hasMessage(id) ?? false; }
}

export const words = new Words();
export const say = (id: string, values?: Record<string, FluentVariable>): string => words.say(id, values);
