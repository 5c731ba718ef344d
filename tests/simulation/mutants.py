"""Breaks the client on purpose and looks whether the simulation notices.

Each entry of mutants.toml is one fault: a text in one file, and what stands in
its place. A copy of the tree gets all of them, each behind a switch of its own,
and is built once; with one switch on it is played until a seed fails. A seed
which fails with all switches off shows nothing and is an error. Each result is
written to MUTANTS.md at once, so that a run which was stopped goes on where it
was.

  python3 tests/simulation/mutants.py              those without a result yet
  python3 tests/simulation/mutants.py NAME ...     these, whatever is known
  python3 tests/simulation/mutants.py --again      all; the known seed first
  python3 tests/simulation/mutants.py --kept       no seeds: does each plan of
                                                   the folder kept notice the
                                                   fault that it names?
                                                   (--again asks that as well)
  python3 tests/simulation/mutants.py --check      plays nothing: does each
                                                   apply, has each a result,
                                                   are enough noticed?
"""

import json
import os
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
# Plans that have found a fault.
KEPT = HERE / "kept"
WORK = TOP / "target" / "mutants"
TREE = WORK / "tree"
# The crates of others are the same as those of the whole tree.
BUILD = TOP / "target"
SEEDS = 2000
# So many have to be noticed.
ENOUGH = 25
# Says which switch is on.
SWITCH = "JOINBELL_MUTANT"
# So many seconds 2,000 seeds take at most; in the simulation no time passes for
# a client that turns in circles.
PATIENCE = 3600
# So many seeds of each are played before the next one has its turn, in the
# first round, in the second, and so on: most are noticed at once.
ROUNDS = [12, 120, SEEDS]
# How far each mutant has got, so that a stopped run goes on.
PLAYED = WORK / "played.json"

HEAD = f"""# Faults the simulation must notice

Each is put into the client on purpose (`mutants.toml`) and has to be noticed within {SEEDS:,} seeds.
`./simulate --mutants --again` proves the table anew: it plays the seed that is named here first, then the others from 0 on.
`./simulate --mutants` plays those that are not in it yet; `./test days` checks that each still applies and stands in one of the tables.

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


def edits():
    """All replacements: file → place of a text → its length → (name, replace)."""
    found = {}
    for mutant in mutants():
        for edit in [mutant, *mutant.get("also", [])]:
            text, find = (TOP / edit["file"]).read_text(), edit["find"]
            part = edit.get("part", find)
            if text.count(find) != 1 or find.count(part) != 1:
                raise SystemExit(f"{mutant['name']}: its text does not stand once in {edit['file']}")
            if re.match(r"[^{(]*=>", part):
                raise SystemExit(f"{mutant['name']}: an arm of a match has no switch; name its value as `part`")
            place = (text.index(find) + find.index(part), len(part))
            of_file = found.setdefault(edit["file"], {})
            of_file.setdefault(place, []).append((mutant["name"], edit["replace"]))
    return found


def switched(part, faults):
    """An expression, or statements, with a switch for each fault."""
    text = f"{{ {part} }}"
    for name, replace in faults:
        on = (f"{{ static ON: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| "
              f"std::env::var({json.dumps(SWITCH)}).is_ok_and(|name| name == {json.dumps(name)})); *ON }}")
        text = f"if {on} {{ {replace} }} else {text}"
    return text if part.rstrip().endswith(";") else f"({text})"


def break_tree():
    """Puts all faults into the copy, each behind its switch."""
    for file, places in edits().items():
        text = (TOP / file).read_text()
        end = len(text)
        for (at, length), faults in sorted(places.items(), reverse=True):
            if at + length > end:
                raise SystemExit(f"{faults[0][0]}: its text overlaps another one in {file}")
            text = text[:at] + switched(text[at:at + length], faults) + text[at + length:]
            end = at
        target = TREE / file
        if target.read_text() != text:
            target.write_text(text)
    # Another version, or the builds of both trees would be taken for one
    # another in the target folder that they share.
    manifest = TREE / "Cargo.toml"
    text, count = re.subn(r'^(version = "[^"+]+)"', r'\1+broken"', manifest.read_text(), count=1, flags=re.M)
    assert count == 1
    manifest.write_text(text)


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
    """Brings the copy to the tree's state, touching only what differs. What is
    to be broken is left to `break_tree`."""
    breaks = {TREE / file for file in edits()}
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
        if target in breaks and target.exists():
            continue
        if not (target.exists() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for old in TREE.rglob("*"):
        if old.is_file() and old not in wanted:
            old.unlink()
    # Deepest first; cargo takes an empty folder for a room without a manifest.
    for folder in sorted(TREE.rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def build():
    """Builds the broken copy once; gives the program."""
    copy_tree()
    break_tree()
    # Warnings of what a fault leaves unused are of no interest.
    built = subprocess.run(
        ["cargo", "build", "--quiet", "--offline", "--profile", "simulation",
         "--package", "simulation", "--bin", "simulate", "--target-dir", str(BUILD)],
        cwd=TREE, capture_output=True, text=True,
    )
    if built.returncode != 0:
        raise SystemExit(f"the broken tree does not build:\n{built.stderr[-4000:]}")
    # The next build of the whole tree puts its own program there again.
    return shutil.copy(BUILD / "simulation" / "simulate", WORK / "simulate")


def failing(program, switch, *which):
    """The first seed that fails and the promise it breaks, or None."""
    try:
        played = subprocess.run([program, "--quick", *map(str, which)], capture_output=True, text=True,
                                env={**os.environ, SWITCH: switch}, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise SystemExit(f"{switch or 'no switch'}: no end after {PATIENCE} s; "
                         "a fault that turns in circles in no time is to be another one") from None
    found = re.search(r"^seed (\d+) FAILED (\S+?): ", played.stdout, re.M)
    if not found and played.returncode != 0:
        raise SystemExit(f"the program ended without a word:\n{played.stderr[-2000:]}")
    return (int(found[1]), found[2]) if found else None


def play(program, mutant, first, part):
    """The seed that notices, and what it says; None when none does."""
    caught, name = None, mutant["name"]
    if first is not None:
        caught = failing(program, name, "--from", first, "--seeds", 1)
    if not caught:
        near = [f"--near={word}" for word in mutant.get("near", [])]
        caught = failing(program, name, "--seeds", SEEDS, "--part", *part, *near)
    if caught and failing(program, "", "--from", caught[0], "--seeds", 1):
        raise SystemExit(f"{name}: seed {caught[0]} fails with all switches off")
    return caught


def kept():
    """Plans that name the fault they found: file → its mutant."""
    plans = {file: tomllib.loads(file.read_text()) for file in sorted(KEPT.glob("*.toml"))}
    return {file: plan["mutant"] for file, plan in plans.items() if "mutant" in plan}


def prove_kept(program):
    """How many kept plans do not notice their fault."""
    blind = 0
    for file, name in kept().items():
        played = subprocess.run([program, "--quick", "--plan", file], capture_output=True, text=True,
                                env={**os.environ, SWITCH: name})
        found = re.search(r"^FAILED (\S+?): ", played.stdout, re.M)
        blind += not found
        print(f"kept {file.stem}: {name}: {found[1] if found else 'not noticed'}", flush=True)
    return blind


def check():
    all_of_them = mutants()
    edits()
    known, names = results(), {m["name"] for m in all_of_them}
    listed = set(known) | set(unnoticed())
    unknown = set(kept().values()) - names
    for name in sorted(unknown):
        print(f"{name}: a kept plan names it, and it is not in mutants.toml")
    for name in sorted(names ^ listed):
        print(f"{name}: " + ("not in MUTANTS.md" if name in names else "not in mutants.toml"))
    noticed = len(names & set(known))
    print(f"{len(all_of_them)} mutants apply, {noticed} have a seed that notices ({ENOUGH} are asked for)")
    return 0 if names == listed and noticed >= ENOUGH and not unknown else 1


def main(words):
    if words == ["--check"]:
        return check()
    known = results()
    again, names = words == ["--again"], {w for w in words if not w.startswith("--")}
    chosen = [m for m in mutants() if again or m["name"] in (names or {m["name"]} - set(known))]
    program = build()
    if words == ["--kept"]:
        return 1 if prove_kept(program) else 0
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
            caught = play(program, mutant, known.pop(name, (None,))[0], (done, upto - done))
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
    blind = prove_kept(program) if again else 0
    return 1 if open_ones or blind else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
