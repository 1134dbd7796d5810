#!/usr/bin/env python3
"""Small rules that a compiler does not hold: how files begin and end, calls that we do not use, every error code listed.

Ends with `N passed, N failed`.
"""
import os
import re
import subprocess
import sys

import error_list

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COLUMNS = 230

# Calls that depend on the user's locale or time zone, are not safe beside threads, or start a shell.
BANNED = [
    (r"\b(std::)?(stoi|stol|stoul|stoll|stoull|stod|atoi|atol|atof)\(", "reads numbers by locale or throws: use std::from_chars"),
    (r"\b(localtime|gmtime|mktime|ctime|asctime|strftime|setlocale)\(", "depends on the machine's zone or locale"),
    (r"\b(std::)?(rand|srand|random_device)\b\s*[({]", "randomness comes from base/random.h"),
    (r"\b(system|popen)\(", "no shell is started"),
    (r"\b(strcpy|strcat|sprintf|gets)\(", "writes past its end"),
    (r"\bstd::(cout|cerr|endl)\b", "what is printed goes through the command line, what is logged through base/log.h"),
    (r"\busing namespace std\b(?!:)", "names stay where they belong"),
    (r"\b(TODO|FIXME|XXX|HACK)\b", "what must wait is an issue, not a comment"),
]
EXEMPT = {
    # The clock and the randomness of the system are wrapped once.
    ("src/base/random.cpp", "randomness"),
}
def listed():
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if out.returncode == 0:
        return [name for name in out.stdout.split("\n") if name and os.path.isfile(os.path.join(ROOT, name))]
    names = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in ("build", ".git", "node_modules")]
        names += [os.path.relpath(os.path.join(folder, f), ROOT) for f in files]
    return names


def check_text(name, text):
    is_source = name.endswith((".h", ".cpp"))
    if text and not text.endswith("\n"):
        yield 0, "ends without a line end"
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield number, "ends in spaces"
        if "\t" in line and name.endswith((".h", ".cpp", ".py", ".yaml", ".md", ".cmake", ".mjs")):
            yield number, "holds a tab"
        if not is_source:
            continue
        if len(line) > COLUMNS:
            yield number, f"is longer than {COLUMNS} columns"
        if not name.startswith("src/"):
            continue
        code = re.sub(r'"(\\.|[^"\\])*"', '""', line)
        for pattern, why in BANNED:
            if re.search(pattern, code) and not any(name == file and why.startswith(start) for file, start in EXEMPT):
                yield number, why
    if name.endswith(".h") and name.startswith("src/"):
        lines = text.split("\n")
        if lines[0] != "#pragma once":
            yield 1, "a header begins with #pragma once"
        elif len(lines) < 2 or not lines[1].startswith("//"):
            yield 2, "a header says what it is and what it is not"


def main():
    failed = passed = 0
    sources = {}
    for name in listed():
        try:
            text = open(os.path.join(ROOT, name), encoding="utf-8").read()
        except UnicodeDecodeError:
            continue
        if name.endswith((".h", ".cpp")) and name.startswith("src/"):
            sources[name] = text
        if not name.endswith((".h", ".cpp", ".py", ".mjs", ".sh", ".yaml", ".md", ".cmake", ".txt")):
            continue
        problems = list(check_text(name, text))
        for number, problem in problems:
            print(f"{name}:{number}: {problem}")
        failed += bool(problems)
        passed += not problems
    # Every code that a program may meet is explained: the page is made from the sources.
    path = os.path.join(ROOT, "docs", "errors.md")
    if open(path, encoding="utf-8").read() == error_list.page(sources):
        passed += 1
    else:
        failed += 1
        print("docs/errors.md is not what the sources say: run tools/error_list.py")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
