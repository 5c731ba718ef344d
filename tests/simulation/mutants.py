"""Breaks the client on purpose and looks whether the simulation notices.

Each entry of mutants.toml is one fault: a text in one file, and what stands in
its place. A copy of the tree is broken, built and played until a seed fails.
Each result is written to MUTANTS.md at once, so that a run which was stopped
goes on where it was.

  python3 tests/simulation/mutants.py              those without a result yet
  python3 tests/simulation/mutants.py NAME ...     these, whatever is known
  python3 tests/simulation/mutants.py --again      all; the known seed first
  python3 tests/simulation/mutants.py --check      plays nothing: does each
                                                   apply, has each a result?
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import time
import tomllib

TOP = pathlib.Path(__file__).resolve().parents[2]
HERE = TOP / "tests" / "simulation"
TABLE = HERE / "MUTANTS.md"
WORK = TOP / "target" / "mutants"
TREE = WORK / "tree"
SEEDS = 2000
# So many seeds of each are played before the next one has its turn, in the
# first round, in the second, and so on: most are noticed at once.
ROUNDS = [12, 120, SEEDS]
# So many have to have a seed for ./test to pass.
ENOUGH = 25
# How far each mutant has got, so that a stopped run goes on.
PLAYED = WORK / "played.json"

HEAD = f"""# Faults the simulation must notice

Each is put into the client on purpose (`mutants.toml`) and has to be noticed within {SEEDS:,} seeds.
`./simulate --mutants --again` proves the table anew: it plays the seed that is named here first, then the others from 0 on.
`./simulate --mutants` plays those that are not in it yet; `./test days` checks that each still applies and that none is missing.

| fault | what the client then does | seed that notices | broken promise |
|---|---|---|---|
"""

OPEN = """
Not noticed so far; each needs more seeds, or a scenario that is missing:

| fault | what the client then does | played |
|---|---|---|
"""


def mutants():
    with open(HERE / "mutants.toml", "rb") as file:
        return tomllib.load(file)["mutant"]


def broken(mutant, top):
    """The file's text with the fault in it."""
    text = (top / mutant["file"]).read_text()
    found = text.count(mutant["find"])
    if found != 1:
        raise SystemExit(f"{mutant['name']}: its text stands {found} times in {mutant['file']}")
    return text.replace(mutant["find"], mutant["replace"])


def unnoticed():
    """What MUTANTS.md says was not noticed: name → after how many seeds."""
    text = TABLE.read_text() if TABLE.exists() else ""
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| not by (\d+) seeds \|$", text, re.M)
    return {name: int(seeds) for name, seeds in rows}


def results():
    """What MUTANTS.md says: name → (seed, promise)."""
    text = TABLE.read_text() if TABLE.exists() else ""
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| (\d+) \| ([^|]+) \|$", text, re.M)
    return {name: (int(seed), promise) for name, seed, promise in rows}


def write(known, played):
    """Writes the table, and what was played and not noticed."""
    rows = [
        f"| {m['name']} | {m['what']} | {known[m['name']][0]} | {known[m['name']][1]} |\n"
        for m in mutants() if m["name"] in known
    ]
    open_rows = [
        f"| {m['name']} | {m['what']} | not by {played[m['name']]} seeds |\n"
        for m in mutants() if m["name"] not in known and played.get(m["name"])
    ]
    TABLE.write_text(HEAD + "".join(rows) + (OPEN + "".join(open_rows) if open_rows else ""))


def copy_tree():
    """Brings the copy to the tree's state, touching only what differs."""
    TREE.mkdir(parents=True, exist_ok=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP, check=True, capture_output=True,
    ).stdout
    wanted = set()
    for name in listed.decode().split("\0"):
        source, target = TOP / name, TREE / name
        if not name or not source.is_file():
            continue
        wanted.add(target)
        if not (target.exists() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for old in TREE.rglob("*"):
        if old.is_file() and old not in wanted:
            old.unlink()


def failing(program, *which):
    """The first seed that fails and the promise it breaks, or None."""
    played = subprocess.run([program, "--quick", *which], capture_output=True, text=True)
    found = re.search(r"^seed (\d+) FAILED (\S+?): ", played.stdout, re.M)
    if not found and played.returncode != 0:
        raise SystemExit(f"the program ended without a word:\n{played.stderr[-2000:]}")
    return (int(found[1]), found[2]) if found else None


def play(mutant, first, part):
    """The seed that notices, and what it says; None when none does."""
    target = TREE / mutant["file"]
    whole = target.read_text()
    target.write_text(broken(mutant, TREE))
    try:
        # Warnings of what a fault leaves unused are of no interest.
        build = ["cargo", "build", "--quiet", "--offline", "--profile", "simulation",
                 "--package", "simulation", "--bin", "simulate", "--target-dir", str(WORK / "build")]
        built = subprocess.run(build, cwd=TREE, capture_output=True, text=True)
        if built.returncode != 0:
            raise SystemExit(f"{mutant['name']} does not build:\n{built.stderr[-2000:]}")
        program = WORK / "build" / "simulation" / "simulate"
        if first is not None:
            caught = failing(program, "--from", str(first), "--seeds", "1")
            if caught:
                return caught
        near = [f"--near={word}" for word in mutant.get("near", [])]
        return failing(program, "--seeds", str(SEEDS), "--part", *map(str, part), *near)
    finally:
        target.write_text(whole)


def check():
    all_of_them = mutants()
    for mutant in all_of_them:
        broken(mutant, TOP)
    known, names = results(), {m["name"] for m in all_of_them}
    listed = set(known) | set(unnoticed())
    for name in sorted(names ^ listed):
        print(f"{name}: " + ("not in MUTANTS.md" if name in names else "not in mutants.toml"))
    print(f"{len(all_of_them)} mutants apply, {len(names & set(known))} have a seed that notices")
    return 0 if names == listed and len(known) >= ENOUGH else 1


def main(words):
    if words == ["--check"]:
        return check()
    known = results()
    again, names = words == ["--again"], {w for w in words if not w.startswith("--")}
    chosen = [m for m in mutants() if again or m["name"] in (names or {m["name"]} - set(known))]
    copy_tree()
    played = json.loads(PLAYED.read_text()) if PLAYED.exists() and not again else {}
    open_ones = chosen
    for upto in ROUNDS:
        missed = []
        for mutant in open_ones:
            name, began = mutant["name"], time.monotonic()
            done = played.get(name, 0)
            if done >= upto:
                missed.append(mutant)
                continue
            caught = play(mutant, known.pop(name, (None,))[0], (done, upto - done))
            took = time.monotonic() - began
            print(f"{name}: {caught or f'not noticed by {upto} seeds'} ({took:.0f} s)", flush=True)
            if caught:
                known[name] = caught
            else:
                played[name] = upto
                missed.append(mutant)
            PLAYED.write_text(json.dumps(played))
            write(known, {**unnoticed(), **played})
        open_ones = missed
    names = ", ".join(m["name"] for m in open_ones)
    print(f"{len(chosen) - len(open_ones)} of {len(chosen)} caught"
          + (f"; not caught: {names}" if names else ""))
    return 1 if open_ones else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
