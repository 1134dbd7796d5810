#!/usr/bin/env python3
"""Holds the house's walls: which folder of src/ may include which, and where third-party headers may live.

Prints every include that goes the wrong way as file:line and ends with `N passed, N failed`.  It first tries itself on
planted mistakes, so that a check that has gone blind is found out.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')

# What each folder may include directly or further along its arrows (docs/architecture.md).
ARROWS = {
    "base": [],
    "text": ["base"],
    "match": ["text", "base"],
    "rules": ["base"],
    "table": ["base"],
    "print": ["base"],
    "crypto": ["base"],
    "store": ["crypto", "rules", "base"],
    "pack": ["crypto", "rules", "base"],
    "ledger": ["store", "crypto", "rules", "base"],
    "record": ["ledger", "pack"],
    "casework": ["record"],
    "policy": ["casework"],
    "app": ["policy"],
    "sync": ["app", "policy", "ledger"],
    "http": ["app"],
    "features": ["app", "match", "table", "print", "sync"],
    "node": ["http", "features", "sync"],
    "cli": ["node", "match"],
}

# Third-party headers: first matching pattern says in which folders they may be included (tests may not do more).
HOMES = [
    (r"sqlite3.*\.h", ["store/sqlite"]),
    (r"libpq.*|postgres.*", ["store/postgres"]),
    (r"sodium.*", ["crypto"]),
    (r"openssl/(ssl|err|pem|x509).*", ["crypto", "http", "sync"]),
    (r"openssl/.*", ["crypto"]),
    (r"boost/(asio|beast).*", ["http", "sync", "node"]),
    (r"boost/.*", ["http", "sync", "node"]),
    (r"curl/.*", ["http", "sync"]),
    (r"unicode/.*", ["text"]),
    (r"(yaml|zlib)\.h", ["pack"]),
    (r"(archive|archive_entry|expat)\.h", ["table"]),
    (r"(pango|cairo).*", ["print"]),
    (r"(nlohmann|rapidjson|simdjson|yyjson).*", ["base"]),
    (r"tl/expected\.hpp", ["base"]),
]
TEST_ONLY = re.compile(r"(doctest|rapidcheck)")


def reachable(folder):
    seen, open_ = set(), [folder]
    while open_:
        for other in ARROWS[open_.pop()]:
            if other not in seen:
                seen.add(other)
                open_.append(other)
    return seen


REACH = {folder: reachable(folder) for folder in ARROWS}


def fault(path, kind, included):
    """What is wrong with this include in the file `path` (relative to src/), or None."""
    parts = path.split("/")
    folder = parts[0]
    is_test = path.endswith("_test.cpp") or path.endswith("_for_test.h")
    if folder not in ARROWS:
        return f"src/{folder} is not a folder of the house"
    if kind == "<":
        if TEST_ONLY.search(included):
            return None if is_test else f"<{included}> is for tests alone"
        for pattern, homes in HOMES:
            if re.fullmatch(pattern, included):
                if any(path.startswith(home + "/") for home in homes):
                    return None
                return f"<{included}> lives in {', '.join(homes)} alone"
        if folder == "rules" and not is_test and re.match(r"(thread|mutex|filesystem|fstream|iostream|sys/|unistd)", included):
            return f"rules/ also runs in a browser: <{included}> is not there"
        return None
    target = included.split("/")[0]
    if target not in ARROWS:
        return f'"{included}" does not begin with a folder of src/: include by the full path'
    if target == folder:
        if folder == "features" and parts[1] != included.split("/")[1]:
            return f'slice {parts[1]} includes slice {included.split("/")[1]}: slices never include one another'
        return None
    if target not in REACH[folder]:
        return f'{folder}/ may not include {target}/ ("{included}")'
    if target == "features" and folder == "features":
        return "slices never include one another"
    return None


PLANTED = [
    ("base/json.cpp", '"', "crypto/hash.h", True),
    ("base/json.cpp", '"', "base/json.h", False),
    ("rules/form.cpp", '"', "store/store.h", True),
    ("rules/form.cpp", "<", "thread", True),
    ("record/fold.cpp", '"', "casework/derive.h", True),
    ("record/fold.cpp", '"', "store/store.h", False),
    ("features/work/feature.cpp", '"', "features/records/x.h", True),
    ("features/work/feature.cpp", '"', "features/work/x.h", False),
    ("features/work/feature.cpp", '"', "http/server.h", True),
    ("app/house.cpp", '"', "node/node.h", True),
    ("cli/main.cpp", '"', "ledger/export.h", False),
    ("ledger/ledger.cpp", "<", "sqlite3.h", True),
    ("store/sqlite/files.cpp", "<", "sqlite3.h", False),
    ("store/store.cpp", "<", "sqlite3.h", True),
    ("app/house.cpp", "<", "boost/asio.hpp", True),
    ("crypto/seal.cpp", "<", "sodium.h", False),
    ("ledger/keys.cpp", "<", "sodium.h", True),
    ("ledger/keys.cpp", "<", "doctest/doctest.h", True),
    ("ledger/keys_test.cpp", "<", "doctest/doctest.h", False),
    ("match/index.cpp", '"', "record/state.h", True),
    ("features/matching/feature.cpp", '"', "match/index.h", False),
    ("ledger/keys.cpp", '"', "keys.h", True),
    ("table/xml.cpp", "<", "expat.h", False),
    ("features/import/import.cpp", "<", "archive.h", True),
    ("features/import/import.cpp", '"', "table/csv.h", False),
    ("table/csv.cpp", '"', "rules/value.h", True),
    ("print/shape.cpp", "<", "pango/pangocairo.h", False),
    ("features/printing/feature.cpp", "<", "cairo-pdf.h", True),
    ("print/layout.cpp", '"', "record/state.h", True),
]


def main():
    failed = 0
    for path, kind, included, wrong in PLANTED:
        if (fault(path, kind, included) is not None) != wrong:
            failed += 1
            print(f"the check itself is wrong about {path} including {included}")
    files = 0
    for folder, _, names in os.walk(os.path.join(ROOT, "src")):
        for name in sorted(names):
            if not name.endswith((".h", ".cpp")):
                continue
            full = os.path.join(folder, name)
            path = os.path.relpath(full, os.path.join(ROOT, "src"))
            files += 1
            wrong_here = False
            for number, line in enumerate(open(full, encoding="utf-8"), 1):
                found = INCLUDE.match(line)
                problem = fault(path, *found.groups()) if found else None
                if problem:
                    print(f"src/{path}:{number}: {problem}")
                    wrong_here = True
            failed += wrong_here
    print(f"{files + len(PLANTED) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
