"""Start, memory and size beside a bare Tauri window; see bench/shell."""

import mmap
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests/real-window"))

from desk import Desk, until  # noqa: E402

RELEASE = TOP / "target/release"
# The green of Join, as X keeps it in memory: blue, green, red.
GREEN = bytes((0x5C, 0x80, 0x12))
# Pixels in a row: no anti-aliased edge has as many.
RUN = 12


class SeenDesk(Desk):
    """A desk whose screen is a file."""

    def _start_screen(self):
        frame = self._folder("frame")
        read, write = os.pipe()
        self.start(
            "xvfb",
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x1000x24", "-nolisten", "tcp",
             "-fbdir", str(frame)],
            pass_fds=[write],
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            self.environment["DISPLAY"] = ":" + pipe.readline().strip()
        with open(frame / "Xvfb_screen0", "rb") as file:
            self.screen = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def is_green(self):
        pixel = GREEN + self.screen[-1:]
        return any(
            self.screen.find((GREEN + bytes((filler,))) * RUN) >= 0 for filler in (0, 255, pixel[3])
        )


def tree(root):
    """The process and all that it has started."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text()
                parents[int(entry.name)] = int(text.rsplit(")", 1)[1].split()[1])
            except (OSError, ValueError):
                continue
    found, grows = {root}, True
    while grows:
        more = {child for child, parent in parents.items() if parent in found} - found
        grows = bool(more)
        found |= more
    return found


def memory(root):
    """Resident and proportional memory of the tree, in MB."""
    resident = proportional = 0
    for process in tree(root):
        try:
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name == "Rss":
                    resident += int(rest.split()[0])
                elif name == "Pss":
                    proportional += int(rest.split()[0])
        except OSError:
            continue
    return resident / 1024, proportional / 1024


def end(child):
    os.killpg(child.pid, signal.SIGTERM)
    child.wait(20)


def start(desk, command):
    """Milliseconds to the paint, and the process."""
    until("a dark screen", lambda: not desk.is_green(), 20)
    begun = time.monotonic()
    child = desk.start(Path(command[0]).name, command)
    while not desk.is_green():
        if time.monotonic() - begun > 60:
            raise RuntimeError(f"nothing was painted: {desk.log(Path(command[0]).name)}")
        time.sleep(0.002)
    return (time.monotonic() - begun) * 1000, child


def without_ring(desk, root):
    """Memory after the ring was dismissed, with the agenda alone."""
    (ring,) = until("the ring", lambda: desk.windows("^Joinbell: "))
    desk.ask("xdotool", "windowfocus", "--sync", ring, "key", "Escape")
    until("no ring", lambda: not desk.windows("^Joinbell: "), 20)
    time.sleep(5)
    return memory(root)


def without_windows(desk, root):
    """Memory after the agenda was closed too: the program stays in the tray."""
    for window in desk.windows("^Joinbell$"):
        desk.ask("xdotool", "windowfocus", "--sync", window, "key", "alt+F4")
    until("no window", lambda: not desk.windows("^Joinbell"), 20)
    time.sleep(5)
    return memory(root)


def measured(name, command, rounds, rings):
    """Medians of the start, and of the memory: all open, without the ring,
    and with no window any more."""
    times, open_, alone, closed = [], [], [], []
    for at in range(rounds + 1):
        with SeenDesk(f"bench-{name}") as desk:
            took, child = start(desk, command)
            time.sleep(8)
            seen = memory(child.pid)
            later = without_ring(desk, child.pid) if rings else seen
            last = without_windows(desk, child.pid) if rings else seen
            end(child)
        # The first round fills the caches of the disk.
        if at:
            times.append(took)
            open_.append(seen)
            alone.append(later)
            closed.append(last)
    medians = [statistics.median(times)]
    for memories in (open_, alone, closed):
        medians += [statistics.median(values) for values in zip(*memories)]
    return medians, times


def in_tray(rounds):
    """Memory where no window was ever opened."""
    seen = []
    for _ in range(rounds):
        with SeenDesk("bench-tray") as desk:
            child = desk.start("joinbell", [str(RELEASE / "joinbell"), "--hidden"])
            until("the program", lambda: desk.owner("org.joinbell.desktop.SingleInstance"))
            time.sleep(5)
            seen.append(memory(child.pid))
            end(child)
    return [statistics.median(values) for values in zip(*seen)]


def main():
    rounds = int(sys.argv[1])
    bare, bare_times = measured("bare", [str(RELEASE / "bare-window")], rounds, rings=False)
    ours, our_times = measured("ours", [str(RELEASE / "joinbell"), "--demo"], rounds, rings=True)
    tray = in_tray(rounds)
    load = os.getloadavg()[0]
    print(f"medians of {rounds} rounds, load {load:.1f} on {os.cpu_count()} cores")
    for what, at, unit in (
        ("start to paint", 0, "ms"),
        ("resident, agenda and ring", 1, "MB"),
        ("proportional, agenda and ring", 2, "MB"),
        ("resident, agenda alone", 3, "MB"),
        ("proportional, agenda alone", 4, "MB"),
    ):
        print(f"{what}: bare {bare[at]:.0f} {unit}, joinbell {ours[at]:.0f} {unit}, "
              f"{ours[at] / bare[at]:.2f} times")
    print(f"start, all rounds: bare {[round(t) for t in bare_times]}, joinbell {[round(t) for t in our_times]}")
    print(f"in the tray after its windows were closed: resident {ours[5]:.0f} MB, "
          f"proportional {ours[6]:.0f} MB")
    print(f"in the tray from the start: resident {tray[0]:.0f} MB, proportional {tray[1]:.0f} MB")
    for name in ("bare-window", "joinbell"):
        print(f"{name}: {(RELEASE / name).stat().st_size / 1e6:.1f} MB")
    for package in (RELEASE / "bundle").glob("*/*"):
        if package.suffix in (".deb", ".rpm", ".AppImage"):
            print(f"{package.name}: {package.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
