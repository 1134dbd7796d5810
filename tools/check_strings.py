#!/usr/bin/env python3
"""The interface speaks every language completely: every .ftl of web/src/strings has the same sentences with the same
placeholders, every sentence that the client asks for is there, and none is left that nobody asks for.

It first tries itself on planted mistakes.  Ends with `N passed, N failed`.
"""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WEB = os.path.join(ROOT, "web", "src")
MESSAGE = re.compile(r"^([a-z][a-z0-9-]*) =((?:.*\n?)(?:[ \t}].*\n?)*)", re.M)
PLACE = re.compile(r"\$([a-z]+)")
ASKED = re.compile(r"""\b(?:say|has)\(\s*(?:[^'"`()]*\?\s*)?['"`]([a-z][a-z0-9-]*)""")
WORD = re.compile(r"""['"`]([a-z][a-z0-9]*(?:-[a-z0-9]+)*-?)(?:\$\{)?""")
# The letters in which a language is written; a sentence without any of them was left in English.
LETTERS = {"hi": "\u0900-\u097f", "ne": "\u0900-\u097f", "bn": "\u0980-\u09ff", "as": "\u0980-\u09ff"}
FREE = {"fill-place", "law-alone", "law-joined", "person-with-age", "time-day"}  # signs and placeholders alone


def messages(text):
    return {found.group(1): found.group(2) for found in MESSAGE.finditer(text)}


def faults(languages, source):
    """All that is wrong, as sentences."""
    english = languages["en"]
    for language, said in sorted(languages.items()):
        for name in sorted(set(english) - set(said)):
            yield f"{language}: {name} is missing"
        for name in sorted(set(said) - set(english)):
            yield f"{language}: {name} is not in English"
        for name in sorted(set(said) & set(english)):
            used = set(PLACE.findall(said[name])) - {"count"}
            wanted = set(PLACE.findall(english[name])) - {"count"}
            if used != wanted:
                yield f"{language}: {name} holds {sorted(used)} where English holds {sorted(wanted)}"
            if language in LETTERS and name not in FREE and not re.search(f"[{LETTERS[language]}]", said[name]):
                yield f"{language}: {name} is not in its script"
            if not said[name].strip():
                yield f"{language}: {name} is empty"
    for name in sorted(set(ASKED.findall(source)) - set(english)):
        if not name.endswith("-"):
            yield f"{name} is asked for and nowhere said"
    words = set(WORD.findall(source))
    begins = tuple(word for word in words if word.endswith("-"))
    for name in sorted(english):
        if name not in words and not name.startswith(begins):
            yield f"{name} is said and nowhere asked for"


def main():
    planted = {"en": {"a": " Hello { $time }", "b": " Two"}, "bn": {"a": " সময়"}}
    found = list(faults(planted, "say('a') say('c')"))
    wanted = ["bn: b is missing", "bn: a holds [] where English holds ['time']", "c is asked for and nowhere said", "b is said and nowhere asked for"]
    blind = [one for one in wanted if one not in found]
    for one in blind:
        print("the check itself does not see: " + one)
    languages = {}
    for path in sorted(glob.glob(os.path.join(WEB, "strings", "*.ftl"))):
        languages[os.path.basename(path)[:-4]] = messages(open(path, encoding="utf-8").read())
    source = ""
    for pattern in ("**/*.svelte", "**/*.ts"):
        for path in sorted(glob.glob(os.path.join(WEB, pattern), recursive=True)):
            source += open(path, encoding="utf-8").read()
    wrong = list(faults(languages, source))
    for one in wrong:
        print("web/src/strings: " + one)
    count = sum(len(said) for said in languages.values())
    print(f"{count - len(wrong) + len(wanted) - len(blind)} passed, {len(wrong) + len(blind)} failed")
    return 1 if wrong or blind else 0


if __name__ == "__main__":
    sys.exit(main())
