// Digits and numbers as the reader writes them.  Browsers lack this for several of our languages, so the tables are ours.
// Hindi keeps the international digits (Constitution of India, article 343(1)).

const zero: Record<string, number> = { bn: 0x09E6, as: 0x09E6, ne: 0x0966 };
// Every block of digits that somebody may type: Devanagari, Bengali, Myanmar, Tibetan, Meetei Mayek, Arabic.
const blocks = [0x0966, 0x09E6, 0x1040, 0x0F20, 0xABF0, 0x0660, 0x06F0];

export function in_digits(text: string, language: string): string {
  const first = zero[language];
  return first === undefined ? text : text.replace(/[0-9]/g, (digit) => String.fromCodePoint(first + Number(digit)));
}

// 12,34,567: the last three digits, then by twos.
export function grouped(value: number, language: string): string {
  const digits = String(Math.trunc(Math.abs(value)));
  const head = digits.slice(0, -3).replace(/\B(?=(\d\d)+$)/g, ',');
  return in_digits((value < 0 ? '-' : '') + (head ? head + ',' : '') + digits.slice(-3), language);
}

// Whatever digits were typed, as 0-9.
export function plain_digits(text: string): string {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const first = blocks.find((block) => code >= block && code < block + 10);
    out += first === undefined ? character : String(code - first);
  }
  return out;
}

// A PIN that anybody tries first: all the same, or up or down by one.
export function is_easy(pin: string): boolean {
  const steps = new Set([...pin].slice(1).map((digit, at) => Number(digit) - Number(pin[at])));
  return steps.size === 1 && Math.abs([...steps][0]) <= 1;
}
