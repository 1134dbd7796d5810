#!/usr/bin/env python3
"""Makes src/match/han_readings.inc: the Mandarin and the Cantonese reading of each common Han character, as two characters each.

Source: Unihan_Readings.txt, kMandarin (first reading) and kCantonese (first reading), of the Unicode Character Database 15.0,
as Debian ships it (package unicode-data 15.0.0-1, Unicode licence).  Usage, with that package installed or unpacked:
    tools/han_readings.py /usr/share/unicode/Unihan_Readings.txt.bz2 > src/match/han_readings.inc
"""
import bz2
import sys
import unicodedata

FIRST, LAST = 0x4E00, 0x9FA5
DIGITS = [chr(c) for c in range(35, 127) if chr(c) not in '\\"?']  # no character that a C++ string would want escaped


def syllable_of(kind, value):
    value = value.split()[0].lower()
    if kind == 'kCantonese':
        return value.rstrip('123456')
    bare = unicodedata.normalize('NFD', value).replace('u\u0308', 'v')
    return ''.join(c for c in bare if 'a' <= c <= 'z')


def main():
    readings = {'kMandarin': {}, 'kCantonese': {}}
    with bz2.open(sys.argv[1], 'rt', encoding='utf-8') as lines:
        for line in lines:
            parts = line.rstrip('\n').split('\t')
            if len(parts) == 3 and parts[1] in readings and FIRST <= int(parts[0][2:], 16) <= LAST:
                readings[parts[1]][int(parts[0][2:], 16)] = syllable_of(parts[1], parts[2])
    print('// Made by tools/han_readings.py from Unihan_Readings.txt of the Unicode Character Database 15.0 (Debian unicode-data 15.0.0-1).')
    print('// Copyright 1991-2022 Unicode, Inc., under the Unicode licence (unicode.org/terms_of_use.html).')
    for kind, name in (('kMandarin', 'mandarin'), ('kCantonese', 'cantonese')):
        syllables = sorted(set(readings[kind].values()) - {''})
        number = {s: i + 1 for i, s in enumerate(syllables)}
        print(f'constexpr char const* {name}_syllables[] = {{"",')
        for i in range(0, len(syllables), 16):
            print('    ' + ' '.join(f'"{s}",' for s in syllables[i:i + 16]))
        print('};')
        codes = []
        for c in range(FIRST, LAST + 1):
            n = number.get(readings[kind].get(c, ''), 0)
            codes.append(DIGITS[n // len(DIGITS)] + DIGITS[n % len(DIGITS)])
        print(f'constexpr char const {name}_codes[] =')
        for i in range(0, len(codes), 100):
            print('    "' + ''.join(codes[i:i + 100]) + '"')
        print('    ;')
    print('constexpr char const code_digits[] = "' + ''.join(DIGITS) + '";')


if __name__ == '__main__':
    main()
