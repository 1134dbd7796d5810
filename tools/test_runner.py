#!/usr/bin/env python3
"""Runs the steps of ./test, as many side by side as there are processors, counts what passed, and shows the log of what failed.

A step is one command; it makes its own nodes, ports and clusters, so that steps do not meet.  Unit test programs are doctest's;
everything else ends with a line `N passed, N failed` or is counted as one.  --fast: checks and unit tests; --long: sanitizers and
long runs too; --list: what there is.  Fast steps begin first; SANJAL_JOBS says how many run at once.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build", "release")
DOCTEST = re.compile(r"\[doctest\] test cases:\s*(\d+) \|\s*(\d+) passed \|\s*(\d+) failed \|\s*(\d+) skipped")
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
FAILURE = re.compile(r"^FAILED |^not ok |: ERROR: |^TEST CASE: .*FAILED|Sanitizer: ")


def unit_tests(build):
    return sorted(path for path in glob.glob(os.path.join(build, "*_test")) if os.access(path, os.X_OK))


def with_postgres(command):
    script = os.path.join(ROOT, "tools", "with_postgres.sh")
    return [script, *command] if os.path.exists(script) else command


def steps(mode):
    """(name, command, environment) in the order in which they run; made after the build."""
    listed = []
    for script in ("check_layers", "tidy", "check_strings", "check_clocks"):
        path = os.path.join(ROOT, "tools", script + ".py")
        if os.path.exists(path):
            listed.append(("check: " + script, [sys.executable, path], {}))
    for path in unit_tests(BUILD):
        command = [path]
        name = os.path.basename(path)
        listed.append(("unit: " + name, with_postgres(command) if name in ("store_test", "app_test") else command, {}))
    if mode == "fast":
        return listed
    listed.append(("wasm: the rules in a browser's clothes", ["bash", "-c", "tools/build_wasm.sh && tools/node.sh tests/wasm/run_vectors.mjs"], {}))
    if os.path.isdir(os.path.join(ROOT, "web", "node_modules")):
        # Early, for it takes longest and mostly waits for the browser.
        node = os.path.join(ROOT, "tools", "node.sh")
        listed.append(("check: the client's types", [node, os.path.join(ROOT, "web", "node_modules", "svelte-check", "bin", "svelte-check"), "--workspace", os.path.join(ROOT, "web"), "--fail-on-warnings"], {}))
        listed.append(("web: stories in a browser", [node, os.path.join(ROOT, "tests", "web", "run.mjs")], {"SANJAL_BUILD": BUILD}))
    oracle = os.path.join(ROOT, "tests", "oracle", "run.sh")
    if os.path.exists(oracle):
        listed.append(("oracle: entries verify with foreign libraries", [oracle], {}))
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", "verify", "*_test.py"))):
        listed.append(("second verifier: " + os.path.basename(path), [sys.executable, path], {"SANJAL_BUILD": BUILD}))
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", "api", "test_*.py"))):
        # The demo that README.md starts is on SQLite.
        for store in ("sqlite",) if path.endswith("test_readme.py") else ("sqlite", "postgres"):
            command = [sys.executable, path]
            listed.append((f"black box on {store}: {os.path.basename(path)}", with_postgres(command) if store == "postgres" else command,
                           {"SANJAL_BUILD": BUILD, "SANJAL_STORE": store}))
    if mode == "long":
        for preset in ("asan", "ubsan", "tsan"):
            for name in [os.path.basename(path) for path in unit_tests(BUILD)]:
                command = [os.path.join(ROOT, "build", preset, name)]
                listed.append((f"{preset}: {name}", with_postgres(command) if name in ("store_test", "app_test") else command, {"SANJAL_MUTANTS": "2000", "SANJAL_SEEDS": "3"}))
        listed.append(("many seeds: app_test", with_postgres([os.path.join(BUILD, "app_test")]), {"SANJAL_SEEDS": "60"}))
        listed.append(("many mutants: agree_test.py", [sys.executable, os.path.join(ROOT, "tests", "verify", "agree_test.py")], {"SANJAL_BUILD": BUILD, "SANJAL_MUTANTS": "8000"}))
        for path in sorted(glob.glob(os.path.join(ROOT, "tests", "fuzz", "*_fuzz.cpp"))):
            name = os.path.splitext(os.path.basename(path))[0]
            corpus = os.path.join(ROOT, "build", "corpus", name)
            seeds = os.path.join(ROOT, "tests", "fuzz", "seeds", name)
            os.makedirs(corpus, exist_ok=True)
            listed.append(("fuzz, a minute: " + name, [os.path.join(ROOT, "build", "fuzz", name), "-max_total_time=60", "-max_len=20000", "-rss_limit_mb=4096", "-verbosity=0",
                                                       "-artifact_prefix=" + corpus + "-", corpus, *([seeds] if os.path.isdir(seeds) else [])], {}))
    return listed


def build(preset):
    os.makedirs(os.path.join(ROOT, "build"), exist_ok=True)
    for command in (["cmake", "--preset", preset], ["cmake", "--build", "--preset", preset]):
        print("$ " + " ".join(command), flush=True)
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            print(done.stdout[-8000:])
            return False
    return True


def run_step(name, command, environment):
    """Runs one step: how many passed, failed and were left out, and what is to be said of it."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env={**os.environ, **environment})
    counts = DOCTEST.search(done.stdout)
    plain = PLAIN.findall(done.stdout)
    if counts:
        good, bad, left = int(counts[2]), int(counts[3]), int(counts[4])
    elif plain:
        good, bad, left = (int(number or 0) for number in plain[-1])
    else:
        good, bad, left = (1, 0, 0) if done.returncode == 0 else (0, 1, 0)
    if done.returncode != 0 and bad == 0:
        bad = 1
    if good + bad + left == 0:
        bad = 1  # a step that ran nothing has shown nothing
    said = [f"{'FAILED' if bad else 'ok    '} {name}: {good} passed, {bad} failed ({time.monotonic() - started:.1f} s)"]
    said += ["       " + line for line in done.stdout.splitlines() if "skipped aloud" in line.lower()]
    if bad:
        said.append(done.stdout[-6000:])
    return good, bad, left, "\n".join(said), [name + ": " + part for part in digest(done.stdout)] if bad else []


def digest(output):
    """What failed, each with a few lines of why: repeated at the very end, where it is found when the rest scrolled away."""
    lines = output.splitlines()
    found = ["\n".join(lines[at:at + 8]) for at, line in enumerate(lines) if FAILURE.search(line)]
    return found[:8] or ["\n".join(lines[-8:])]


def main():
    mode = {"--fast": "fast", "--long": "long", "--list": "list"}.get(sys.argv[1] if len(sys.argv) > 1 else "", "all")
    if mode == "list":
        for name, command, _ in steps("long"):
            print(f"{name}: {' '.join(command)}")
        return 0
    for preset in ["release"] + (["asan", "ubsan", "tsan", "fuzz"] if mode == "long" else []):
        if not build(preset):
            print("0 passed, 1 failed")
            return 1
    passed = failed = skipped = 0
    failures = []
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("SANJAL_JOBS") or os.cpu_count() or 1)) as executor:
        for running in concurrent.futures.as_completed([executor.submit(run_step, *step) for step in steps(mode)]):
            good, bad, left, said, why = running.result()
            passed, failed, skipped = passed + good, failed + bad, skipped + left
            failures += why
            print(said, flush=True)
    if failures:
        print("\nWhat failed:\n" + "\n".join(failures) + "\n")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
