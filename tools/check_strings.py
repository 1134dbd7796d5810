#!/usr/bin/env python3
"""The interface speaks every language completely: every .ftl of web/src/strings has the same sentences with the same
placeholders, every sentence that the client asks for is there, and none is left that nobody asks for.  The strings of packs are
in the letters of their language (that none is missing `sanjal pack check` says).  What the node refuses with has words in every
language (src/app/refusals), or a reason to have none.

It first tries itself on planted mistakes.  Ends with `N passed, N failed`.
"""
import glob
import json
import os
import re
import sys

import error_list

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


# What the node refuses with and no table of src/app/refusals has to hold, by the beginning of its code: it reaches no person at a
# screen, or not as a sentence.  Each must still be there.
UNSAID = {
    "age.": "a file's format; whoever brings one reads unsent.malformed", "base64.": "bytes of programs", "hex.": "bytes of programs", "json.": "bytes of programs", "jws.": "bytes of programs",
    "box.": "between nodes", "seal.": "a damaged disk", "crypto.": "a defect", "key.": "of an export, or between nodes", "vkey.": "the command line's", "note.": "between nodes, and the command line's",
    "checkpoint.": "between nodes", "proof.": "asked for by programs", "tree.": "a damaged disk", "fork.": "the command line's", "message.": "between nodes", "line.": "the exchange tries again by itself",
    "peer.no_evidence": "the command line's", "courier.": "the command line's", "outside.": "of webhooks, in the log",
    "http.": "whoever keeps the computer reads it", "store.": "whoever keeps the computer reads it", "ledger.": "a damaged disk", "blob.damaged": "a damaged disk", "record.damaged": "a damaged disk",
    "calendar.lost": "a damaged disk", "password.parameters": "a defect", "password.record": "a damaged disk", "password.wrong": "said as session.wrong",
    "node.": "the command line's, and the first run's own words", "first_run.outside": "the page that it stands on says it", "passphrase.": "the command line's, and the first run's own words", "recovery.": "the command line's",
    "restore.": "the command line's", "backup.": "the command line's", "demo.": "the command line's", "story.": "the command line's", "doors.": "the command line's", "certificate.": "the command line's",
    "export.": "of a file that is verified, by the command line", "verify.": "the command line's", "erase.": "the command line's", "canary.": "the command line's", "workbook.": "the command line's, and programs'",
    "unit.kind": "the command line's", "file.none": "the command line's", "form.none": "the command line's", "print.file": "the command line's",
    "pack.": "whoever writes a pack reads it", "map.": "whoever writes a column map reads it", "template.": "whoever writes a pack reads it", "clock.": "whoever writes a pack reads it", "call.": "between the page and its rules",
    **{"match." + one: "the command line's" for one in ("column", "count", "map", "min", "no_file", "no_header", "read", "row")},
    **{"import." + one: "the command line's, and programs'" for one in ("encoding", "format", "header", "no_file", "none", "value", "which")},
    **{"print." + one: "asked by programs; a screen offers what there is" for one in ("language", "paper", "size", "what")},
    **{"request." + one: "asked by programs; a screen does not ask so" for one in ("kind", "method", "not_a_list", "not_a_text", "not_an_object", "target", "unknown_member", "unknown_query")},
    "request.host": "whoever keeps the computer reads it", "request.no_tls": "the page that it stands on says it", "match.decision": "asked by programs; a screen offers what there is",
    "idempotency.": "of programs", "answers.not_an_object": "of programs", "answers.other_type": "of a device's own program", "answers.unknown_field": "of programs",
    **{"device." + one: "of a device's own program" for one in ("incomplete", "key", "proof")},
    **{"entry." + one: "of a device's own program" for one in ("depth", "digests", "disclosure", "element", "field", "foreign", "form", "head", "inclusion", "incomplete_event", "jwk", "key_by_device", "name", "no_head", "none",
                                                               "not_text", "payload", "record", "reserved", "salt", "signature", "value")},
    **{"value." + one: "of programs" for one in ("not_list", "not_normal", "unknown_kind")}, "sealed.open": "of a device's own program",
    "time.malformed": "made of two sentences, which the tables hold together", "value.no_such_day": "made of two sentences, which the tables hold together",
}
PLACES = re.compile(r"\{[1-9]\}")


def sentences(sources):
    """{code: every sentence that stands beside it}, as tools/error_list.py reads them: three dots for what is put in."""
    found = {}
    for name, text in sources.items():
        if name.endswith(("_test.cpp", "_for_test.h")):
            continue
        for match in error_list.CODE.finditer(text):
            if not error_list.GIVEN.search(text[max(0, match.start() - 200):match.start()]):
                continue
            said = error_list.words_after(text, match.end())
            if re.search(r"[A-Za-z]{3,} [a-z]", said):
                found.setdefault(match.group(1), set()).add(said)
    return found


def made_of(said, held):
    """Whether it is one of these, or one after another (where the program chooses between them, both are read)."""
    if not said:
        return True
    return any(said.startswith(one) and made_of(said[len(one):], held) for one in held if one)


def refusal_faults(tables, source, said, unsaid):
    """What is wrong with src/app/refusals.  `source`: all of src as one text, its broken literals joined."""
    first = min(tables)
    for language, table in sorted(tables.items()):
        for english in sorted(set(tables[first]) ^ set(table)):
            yield f"{language} or {first} lacks: {english}"
        for english, words in sorted(table.items()):
            if sorted(PLACES.findall(english)) != sorted(PLACES.findall(words)):
                yield f"{language}: other places than in English: {english}"
            if re.search(f"[{FOREIGN[language]}]", words) or not re.search(f"[{LETTERS[language]}]", words):
                yield f"{language}: not in its letters: {english}"
    for english in sorted(tables[first]):
        # Whole, or sentence by sentence: some are put together from two.
        for piece in [one for part in PLACES.split(english) for one in ([part] if part in source else re.split(r"(?<=\.) ", part))]:
            if piece.strip(" .;:") and piece not in source:
                yield f"nobody says this any more: {english}"
                break
    held = {PLACES.sub("…", english) for english in tables[first]}
    for code, all_said in sorted(said.items()):
        if any(code.startswith(prefix) for prefix in unsaid):
            continue
        for one in sorted(all_said):
            if not made_of(re.sub(r"^[a-z_.]+(?=[A-Z])", "", one), held):
                yield f"{code} has no words in the tables: {one}"
    for prefix in sorted(unsaid):
        if not any(code.startswith(prefix) for code in said):
            yield f"the exception {prefix} is of nothing any more"


def planted_refusals():
    """Mistakes that the check must see."""
    tables = {"hi": {"This is {1} long.": "यह लंबा है।", "Gone.": "गया।", "Only here.": "यहीं"}, "bn": {"This is {1} long.": "এটি {1} লম্বা।", "Gone.": "gone"}}
    found = list(refusal_faults(tables, '"This is " + x + " long."', {"a.b": {"This is … long."}, "a.c": {"This is … long.Nobody knows."}}, {"z.": "old"}))
    wanted = ["hi: other places", "bn: not in its letters: Gone", "hi or bn lacks: Only here", "nobody says this any more: Gone", "a.c has no words", "the exception z."]
    return [f"refusals: {one}" for one in wanted if not any(one in line for line in found)] + ([f"refusals: {line}" for line in found if "a.b" in line])


def refusals():
    tables, sources = {}, {}
    for path in sorted(glob.glob(os.path.join(ROOT, "src", "app", "refusals", "*.json"))):
        with open(path, encoding="utf-8") as file:
            tables[os.path.basename(path)[:-5]] = json.load(file)
    for folder, _, names in os.walk(os.path.join(ROOT, "src")):
        for name in names:
            if name.endswith((".cpp", ".h")):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    sources[os.path.join(folder, name)] = file.read()
    text = re.sub(r'"\s*\n\s*"', "", "\n".join(sources.values())).replace('\\"', '"')
    return tables, list(refusal_faults(tables, text, sentences(sources), UNSAID))


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
    blind = [one for one in wanted if one not in found] + planted_packs() + planted_refusals()
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
    tables, found = refusals()
    count += sum(len(table) for table in tables.values())
    for one in found:
        print("src/app/refusals: " + one)
    wrong += found
    print(f"{count - len(wrong) + len(wanted) - len(blind)} passed, {len(wrong) + len(blind)} failed")
    return 1 if wrong or blind else 0


if __name__ == "__main__":
    sys.exit(main())
