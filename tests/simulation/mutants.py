"""Breaks the client on purpose and looks whether the simulation notices.

Each entry of mutants.toml is one fault: a text in one file, and what stands in
its place. The tree is copied, broken, built and played until a seed fails.

  python3 tests/simulation/mutants.py              all, and writes MUTANTS.md
  python3 tests/simulation/mutants.py NAME ...     only these
  python3 tests/simulation/mutants.py --check      only: does each still apply?
"""

import pathlib
import re
import shutil
import subprocess
import sys
import time
import tomllib

TOP = pathlib.Path(__file__).resolve().parents[2]
HERE = TOP / "tests" / "simulation"
WORK = TOP / "target" / "mutants"
TREE = WORK / "tree"
SEEDS = 2000


def mutants():
    with open(HERE / "mutants.toml", "rb") as file:
        return tomllib.load(file)["mutant"]


def broken(mutant):
    """The file's text with the fault in it."""
    text = (TOP / mutant["file"]).read_text()
    found = text.count(mutant["find"])
    if found != 1:
        raise SystemExit(f"{mutant['name']}: its text stands {found} times in {mutant['file']}")
    return text.replace(mutant["find"], mutant["replace"])


def copy_tree():
    TREE.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP, check=True, stdout=open(WORK / "files", "wb"),
    )
    for name in (WORK / "files").read_bytes().split(b"\0"):
        source = TOP / name.decode()
        target = TREE / name.decode()
        if name and source.is_file() and not (target.exists() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def play(mutant):
    """The seed that notices, and what it says; None when none does."""
    target = TREE / mutant["file"]
    whole = target.read_text()
    target.write_text(broken(mutant))
    try:
        build = ["cargo", "build", "--quiet", "--profile", "simulation", "--package", "simulation",
                 "--target-dir", str(WORK / "build")]
        built = subprocess.run(build, cwd=TREE, capture_output=True, text=True)
        if built.returncode != 0:
            raise SystemExit(f"{mutant['name']} does not build:\n{built.stderr[-2000:]}")
        program = WORK / "build" / "simulation" / "simulate"
        try:
            played = subprocess.run([program, "--quick", "--seeds", str(SEEDS)],
                                    capture_output=True, text=True, timeout=900)
        except subprocess.TimeoutExpired:
            return None
        found = re.search(r"^seed (\d+) FAILED (\S+?): ", played.stdout, re.M)
        return (int(found[1]), found[2]) if found else None
    finally:
        target.write_text(whole)


def main(words):
    chosen = [m for m in mutants() if not words or words == ["--check"] or m["name"] in words]
    for mutant in chosen:
        broken(mutant)
    if words == ["--check"]:
        print(f"{len(chosen)} mutants apply")
        return 0
    copy_tree()
    rows, missed = [], []
    for mutant in chosen:
        began = time.monotonic()
        caught = play(mutant)
        took = time.monotonic() - began
        print(f"{mutant['name']}: {caught or 'NOT CAUGHT'} ({took:.0f} s)", flush=True)
        if caught:
            rows.append(f"| {mutant['name']} | {mutant['what']} | {caught[0]} | {caught[1]} |")
        else:
            missed.append(mutant["name"])
    if not words and not missed:
        (HERE / "MUTANTS.md").write_text(
            "# Faults the simulation must notice\n\n"
            "Each is put into the client on purpose (`mutants.toml`) and must be noticed within "
            f"{SEEDS:,} seeds. `./simulate --mutants` tries all of them and writes this table anew; "
            "`./test` checks that each still applies.\n\n"
            "| fault | what the client then does | seed that notices | broken promise |\n|---|---|---|---|\n"
            + "\n".join(rows) + "\n"
        )
    print(f"{len(rows)} of {len(chosen)} caught" + (f"; not caught: {', '.join(missed)}" if missed else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
