#!/usr/bin/env python3
"""Writes docs/errors.md: every code that a problem document or the command line may give, with its status and its words,
read off the sources so that the page cannot drift from them."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STATUS = {"Invalid": "422", "NotFound": "404", "Conflict": "409", "Forbidden": "403", "Unsigned": "401", "TooLarge": "413", "TooMany": "429",
          "Precondition": "412", "Full": "507", "Io": "503", "Corrupt": "500", "Busy": "503", "Internal": "500"}
CODE = re.compile(r'"([a-z][a-z_0-9]*\.[a-z_0-9.]*[a-z0-9])"')
STRING = re.compile(r'"((?:[^"\\\\]|\\\\.)*)"')
FAULT = re.compile(r"Fault::(\w+)(?:\s*:\s*Fault::(\w+))?,?\s*[^\"]*$")
GIVEN = re.compile(r"(fail|Error|problem|held|malformed|wrong|refuse|answer_failure|waits|Held|faults\.push_back|AnswerFault|decision\.refusal|refused|no|unfit)\b[^;\"]{0,160}$")


def words_after(text, at):
    """The literal that follows a code, its parts joined; what is put in while running is shown as three dots."""
    rest = text[at:at + 900]
    match = re.match(r'\s*[,:]\s*', rest)
    if not match:
        return ""
    rest = rest[match.end():]
    parts, depth, position = [], 0, 0
    while position < len(rest):
        c = rest[position]
        if c == '"':
            literal = STRING.match(rest, position)
            if not literal:
                break
            parts.append(literal.group(1))
            position = literal.end()
            continue
        if c in "({":
            depth += 1
        elif c in ")}":
            if depth == 0:
                break
            depth -= 1
        elif c in ",;" and depth == 0:
            break
        elif c == "+" and depth == 0:
            parts.append("+")
        position += 1
    said, dots = "", False
    for part in parts:
        if part == "+":
            dots = True
            continue
        if said and dots and not said.endswith("…"):
            said += "…"
        said += part
        dots = False
    if dots:
        said += "…"
    return said.replace('\\"', '"').replace("\\n", " ").replace("|", "/").replace("……", "…").strip()


def codes(sources):
    found = {}
    for name in sorted(sources):
        if name.endswith(("_test.cpp", "_for_test.h")):
            continue
        text = sources[name]
        for match in CODE.finditer(text):
            before = text[max(0, match.start() - 200):match.start()]
            if not GIVEN.search(before):
                continue
            said = words_after(text, match.end())
            if not re.search(r"[A-Za-z]{3,} [a-z]", said):
                continue
            fault = FAULT.search(before)
            status = STATUS.get(fault.group(1), "") if fault else ""
            number = re.search(r"(?:problem|answer_failure)\((\d{3}), $", before)
            if number:
                status = number.group(1)
            old = found.get(match.group(1))
            if old is None or (not old[0] and status) or len(old[1]) < 8:
                found[match.group(1)] = (status or (old[0] if old else ""), said)
    return found


def page(sources):
    lines = ["# Errors", "",
             "Written by `tools/error_list.py` from the sources; `./test` notices when it is not up to date.", "",
             "An error is a problem document (RFC 9457) on HTTP and a line with the code in square brackets on the command line. `code` is stable and for",
             "programs; the words are for people and may become better. `errors[]` holds one entry per field with a JSON pointer. Codes without a status stand",
             "beside a field there, or come from the command line alone. The exit code is 1 where something was refused or is not valid, 2 for wrong usage, 3",
             "where the world failed (disk, network, database).", "", "| code | status | words |", "|---|---|---|"]
    for code, (status, said) in sorted(codes(sources).items()):
        lines.append(f"| `{code}` | {status} | {said} |")
    return "\n".join(lines) + "\n"


def read_sources():
    sources = {}
    for folder, _, names in os.walk(os.path.join(ROOT, "src")):
        for name in names:
            if name.endswith((".h", ".cpp")):
                path = os.path.join(folder, name)
                sources[os.path.relpath(path, ROOT)] = open(path, encoding="utf-8").read()
    return sources


if __name__ == "__main__":
    os.makedirs(os.path.join(ROOT, "docs"), exist_ok=True)
    with open(os.path.join(ROOT, "docs", "errors.md"), "w", encoding="utf-8") as out:
        out.write(page(read_sources()))
    sys.exit(0)
