"""How smoothly a thousand meetings scroll in the real window; see bench/scroll."""

import os
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from shell import SeenDesk
from thousand import MEETINGS, world

from desk import until
from steps import PASSWORD, USER, set_up
from webdriver import start_app

TOP = Path(__file__).resolve().parents[1]
STRIDE = 1280 * 4
HEIGHT = 1000
FRAMES = 600
# Seconds between the jump to the top and the first step.
PAUSE = 0.6
# Notches of the wheel, and milliseconds between two of them.
WHEELS = ((400, 16), (150, 60))

# Looks at each frame until it is told to stop; steps when it is told to.
WATCH = """
const step = arguments[0], frames = arguments[1];
const list = document.querySelector('.list');
list.scrollTo(0, 0);
const seen = globalThis.seen = { times: [], rows: 0, empty: 0, to: 0, done: false };
const box = list.getBoundingClientRect();
const isEmpty = (place) => {
  const at = document.elementFromPoint(box.x + box.width / 3, place);
  return !at || !at.closest('.rows > div > *, .stuck, .back');
};
let [last, way] = [null, 1];
// What a frame has painted is looked at when it is over.
const painted = new MessageChannel();
painted.port1.onmessage = () => {
  for (let place = box.top + 3; place < box.bottom - 14; place += 24) {
    if (!isEmpty(place)) continue;
    seen.empty += 1;
    return;
  }
};
function frame() {
  if (seen.done) return;
  const now = performance.now();
  if (last !== null) seen.times.push(now - last);
  last = now;
  seen.rows = Math.max(seen.rows, list.querySelectorAll('[data-row]').length);
  painted.port2.postMessage(0);
  seen.to = Math.max(seen.to, list.scrollTop);
  if (step) {
    const there = list.scrollTop;
    list.scrollBy(0, step * way);
    if (list.scrollTop === there) way = -way;
    if (seen.times.length >= frames) { seen.done = true; return; }
  }
  requestAnimationFrame(frame);
}
setTimeout(() => requestAnimationFrame(frame), arguments[2] * 1000);
"""


class Screen:
    """A strip down the list as it is in the screen's memory."""

    def __init__(self, desk, app):
        (window,) = desk.windows("^Joinbell$")
        left, top, _, _ = desk.place(window)
        x, y, width, height = app.run(
            "const b = document.querySelector('.list').getBoundingClientRect();"
            "return [b.x, b.y, b.width, b.height].map(Math.round)"
        )
        self.window = window
        self.middle = (x + width // 2, y + height // 2)
        self.memory = desk.screen
        begin = len(self.memory) - STRIDE * HEIGHT
        # The times, and where titles begin.
        self.strips = [
            slice(begin + (top + y + 40) * STRIDE + (left + x + across) * 4 + 1,
                  begin + (top + y + height - 20) * STRIDE, STRIDE)
            for across in (20, 100, 112, 124, 136)
        ]

    def picture(self):
        return tuple(self.memory[strip] for strip in self.strips)

    def gaps(self, is_over):
        """Milliseconds between two pictures that differ, until it is over."""
        gaps, before, since = [], self.picture(), None
        while not is_over():
            now, seen = time.monotonic(), self.picture()
            if seen != before:
                if since is not None:
                    gaps.append((now - since) * 1000)
                before, since = seen, now
            time.sleep(0.001)
        return gaps


def at(times, share):
    return times[min(len(times) - 1, int(len(times) * share))]


def told(times):
    times = sorted(times)
    late = sum(1 for time in times if time > 33.4)
    return (f"{at(times, 0.5):6.1f} | {at(times, 0.95):6.1f} | {times[-1]:6.1f} | "
            f"{late:4d} of {len(times)}")


def report(name, seen, gaps):
    print(f"{name:28s} | {told(seen['times'])} | {told(gaps)} | {seen['rows']:4d} | "
          f"{seen['empty']:5d} | {seen['to'] / 1000:5.1f}", flush=True)


def by_script(desk, app, step):
    screen = Screen(desk, app)
    app.run(WATCH, step, FRAMES, PAUSE)
    time.sleep(PAUSE)
    begun = time.monotonic()
    # Asking the page costs it time, so it is asked when it should be over.
    gaps = screen.gaps(lambda: time.monotonic() - begun > FRAMES / 60)
    until("the last frame", lambda: app.run("return seen.done"), 60)
    report(f"script, {step} pixels a frame", app.run("return seen"), gaps)


def by_wheel(desk, app, notches, pause):
    screen = Screen(desk, app)
    x, y = screen.middle
    desk.ask("xdotool", "mousemove", "--window", screen.window, str(x), str(y))
    app.run(WATCH, 0, 0, PAUSE)
    time.sleep(1)
    turning = desk.start(
        "wheel", ["xdotool", "click", "--repeat", str(notches), "--delay", str(pause), "5"]
    )
    gaps = screen.gaps(lambda: turning.poll() is not None)
    seen = app.run("seen.done = true; return seen")
    # The frames before the first notch are not scrolling.
    report(f"wheel, a notch each {pause} ms", seen, gaps)


def main():
    rounds = int(sys.argv[1])
    os.environ.setdefault("JOINBELL_BINARY", str(TOP / "target/release/joinbell"))
    print("                             | frames: median, 95 %, worst, over 33 ms | "
          "pictures: the same | rows | empty | as far as, thousands of pixels")
    for _ in range(rounds):
        with SeenDesk("scroll") as desk:
            file = desk.home / "world.toml"
            file.write_text(world(USER, PASSWORD, datetime.now(timezone.utc)))
            server = desk.simulator("--world", str(file))
            app = start_app(desk)
            set_up(app, server)
            app.run("document.querySelector('.past').click()")
            all_there = f"return document.querySelector('[aria-setsize]').ariaSetSize === '{MEETINGS}'"
            until("all meetings", lambda: app.run(all_there))
            time.sleep(3)
            for notches, pause in WHEELS:
                by_wheel(desk, app, notches, pause)
            for step in (40, 400):
                by_script(desk, app, step)
            app.close()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
