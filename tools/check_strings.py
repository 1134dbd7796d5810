#!/usr/bin/env python3
"""The interface speaks every language completely: every .ftl of web/src/strings has the same sentences with the same
placeholders, every sentence that the client asks for is there, and none is left that nobody asks for.  The strings of packs are
in the letters of their language (that none is missing `sanjal pack check` says).

It first tries itself on planted mistakes.  Ends with `N passed, N failed`.
"""
import glob
import json
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
# Letters of a neighbour's alphabet that this language does not have: Assamese and Bengali write r, and Assamese w, each in its own way.
FOREIGN = {"as": "\u09b0\u0900-\u0963\u0966-\u097f", "bn": "\u09f0\u09f1\u0900-\u0963\u0966-\u097f", "hi": "\u0980-\u09ff", "ne": "\u0980-\u09ff"}
FIELD = re.compile(r"\{[^}]*\}")
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


def pack_faults(language, strings):
    """What is wrong with one file of a pack's strings.  Names of scales and ciphers (PHQ-9, SHA256) stay in capitals."""
    for path, text in sorted(strings.items()):
        words = FIELD.sub("", text)
        if re.search("[a-z]{2,}", words):
            yield f"{path} still has English in it"
        elif language in FOREIGN and re.search(f"[{FOREIGN[language]}]", words):
            yield f"{path} has letters of another language"
        elif text != text.strip() or "  " in text:
            yield f"{path} has spaces too many"


def planted_packs():
    """Mistakes that the check must see."""
    wanted = {"a": "still has English", "b": "letters of another language", "c": "spaces too many"}
    found = list(pack_faults("as", {"a": "শিশু found", "b": "শিশুর", "c": "শিশু ", "d": "SHA256 {case.found_at}", "e": "শিশুৰ।"}))
    return [f"packs: {path} {what}" for path, what in wanted.items() if not any(one.startswith(path + " ") and what in one for one in found)] + (
        [] if len(found) == len(wanted) else ["packs: something else is taken for a mistake"])


def main():
    planted = {"en": {"a": " Hello { $time }", "b": " Two"}, "bn": {"a": " সময়"}}
    found = list(faults(planted, "say('a') say('c')"))
    wanted = ["bn: b is missing", "bn: a holds [] where English holds ['time']", "c is asked for and nowhere said", "b is said and nowhere asked for"]
    blind = [one for one in wanted if one not in found] + planted_packs()
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
    for path in sorted(glob.glob(os.path.join(ROOT, "packs", "*", "strings", "*.json"))):
        with open(path, encoding="utf-8") as file:
            strings = json.load(file)
        count += len(strings)
        for one in pack_faults(os.path.basename(path).split(".")[0], strings):
            print(os.path.relpath(path, ROOT) + ": " + one)
            wrong.append(one)
    print(f"{count - len(wrong) + len(wanted) - len(blind)} passed, {len(wrong) + len(blind)} failed")
    return 1 if wrong or blind else 0


if __name__ == "__main__":
    sys.exit(main())
