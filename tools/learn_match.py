#!/usr/bin/env python3
"""Learns what src/match ships, from pairs of names: sound_table.inc (how units of scripts are written in Latin letters) and
name_weights.inc (what the evidence of two names weighs).

    tools/learn_match.py PAIRS.tsv [--half 0|1] [--build build/release]

PAIRS.tsv has a header and the columns pair_id, set, script, native, latin, label.  Only sets whose licences let what is
learned from them be shipped are read: the list below; docs/matching.md says whose they are.  With --half only one half of the
names is learned from, so that the other half can be looked at (match_learn scores).  No name is kept in what is written.
"""
import argparse
import glob
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SETS = (
    'ar_wd bn_wd fa_wd hi_wd ja_wd km_wd kn_wd ko_wd ml_wd mr_wd my_wd pa_wd ru_wd si_wd ta_wd te_wd th_wd ur_wd zh_wd zh_han_person '
    'coling_arabic coling_chinese coling_japanese coling_korean coling_hebrew hi_entities_wd ur_entities_wd hi_affidavit_wb_as hi_cricketers '
    'hi_given_names my_person_variants my_name_parts bn_places hand_as hand_bn hand_dz hand_hi hand_mni hand_my hand_ne hand_zh'
).split()


def build(folder):
    subprocess.run(['cmake', '--build', folder, '--target', 'match_learn'], check=True, stdout=subprocess.DEVNULL)


def learn(folder, what, options):
    done = subprocess.run([str(Path(folder) / 'match_learn'), what, *options], check=True, stdout=subprocess.PIPE)
    if len(done.stdout) < 500:
        sys.exit(f'Nothing was learned for {what}: does the file hold pairs of the sets that may be used?')
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pairs')
    parser.add_argument('--half', choices=['0', '1'])
    parser.add_argument('--build', default=str(ROOT / 'build/release'))
    args = parser.parse_args()
    common = ['--pairs', args.pairs, '--sets', ','.join(SETS)] + (['--half', args.half] if args.half else [])
    vectors = [word for path in sorted(glob.glob(str(ROOT / 'tests/vectors/match/*.tsv'))) for word in ('--vectors', path)]
    build(args.build)
    sounds = learn(args.build, 'sounds', common + ['--hand', str(ROOT / 'tools/learn/hand_units.txt')] + vectors)
    (ROOT / 'src/match/sound_table.inc').write_bytes(sounds)
    build(args.build)  # the weights are learned upon the new table
    weights = learn(args.build, 'weights', common)
    (ROOT / 'src/match/name_weights.inc').write_bytes(weights)
    build(args.build)
    print('src/match/sound_table.inc and src/match/name_weights.inc are written. Build and run the tests.')


if __name__ == '__main__':
    main()
