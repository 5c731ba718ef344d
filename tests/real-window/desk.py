"""One desk: a screen, a session bus, a window manager, a keyring and a
notification daemon, each real and each for one scenario alone."""

import base64
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from monitors import Monitors
from monitors import command as screen_of_many

TOP = Path(__file__).resolve().parents[2]
SHOTS = TOP / "artefacts" / "real-window"

# Nobody's business: the password of the simulated mailbox, and words of its day.
SECRETS = ["correct horse battery staple", "Release planning", "meet/anna.berg"]

# A session bus that starts nothing by itself.
BARE_BUS = """<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def forms(word):
    """How a word may stand in a file: plain, UTF-16, hex, base64."""
    plain = word.encode()
    yield from (plain, word.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode())
    for shift in range(3):
        padded = b"x" * shift + plain
        yield base64.b64encode(padded)[4 if shift else 0:len(padded) // 3 * 4]


class Gone(Exception):
    """What was waited for did not come in time."""


# Set when somebody has broken the run off: nobody waits any longer.
BROKEN_OFF = threading.Event()

# Two servers that look for a free display at once may find the same.
ONE_SCREEN_STARTS = threading.Lock()


def until(what, check, seconds=30.0):
    """Asks until the answer is true; the answer is returned."""
    end = time.monotonic() + seconds
    problem = None
    while time.monotonic() < end:
        try:
            answer = check()
            if answer:
                return answer
        except Exception as error:  # The window may not be there yet.
            problem = error
        if BROKEN_OFF.wait(0.1):
            break
    raise Gone(f"{what}: not within {seconds:.0f} s" + (f" ({problem!r})" if problem else ""))


class Desk:
    def __init__(self, name, keyring=True, notifications=True, monitors=None):
        self.name = name
        self.keyring = keyring
        self.notifications = notifications
        # By number: left, top, width and height. One alone where they are not named.
        self.plugged = monitors
        self.home = Path(tempfile.mkdtemp(prefix=f"joinbell-{name}-"))
        self.children = []
        self.seen = []
        self.opened = self.home / "opened.txt"
        self.data = self.home / "joinbell"

    def __enter__(self):
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("DBUS_", "XDG_", "WAYLAND"))},
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self._folder("runtime", 0o700)),
            "XDG_DATA_HOME": str(self._folder("data")),
            "XDG_CONFIG_HOME": str(self._folder("config")),
            "XDG_CACHE_HOME": str(self._folder("cache")),
            "JOINBELL_OPENER": str(self._opener()),
            "JOINBELL_DATA_DIR": str(self._folder("joinbell")),
            "LANG": "C.UTF-8",
            "LANGUAGE": "en",
            "GDK_BACKEND": "x11",
            "NO_AT_BRIDGE": "1",
        }
        self._start_screen()
        self._start_bus()
        self.start("openbox", ["openbox"])
        if self.keyring:
            self._start_keyring()
        if self.notifications:
            self.start_notifications()
        return self

    def start_notifications(self):
        self.start("dunst", ["dunst", "-conf", "/dev/null"])
        until("the notification daemon", lambda: self.owner("org.freedesktop.Notifications"))

    def __exit__(self, problem, *_):
        if not problem:
            self.look_at_processes()
        self._end_children()
        try:
            if not problem:
                self._find_secrets([*self.seen, *self._files()])
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    def look_at_processes(self):
        """Keeps what others can see of the processes, for the end."""
        self.seen += self._processes()

    def _processes(self):
        """What others can see of each process that was told of the data folder
        (SR-23). The opener is the browser: it has to know what it opens."""
        mark = f"JOINBELL_DATA_DIR={self.data}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environ = (process / "environ").read_bytes()
                if mark in environ.split(b"\0"):
                    yield process / "environ", environ
                    yield process / "cmdline", (process / "cmdline").read_bytes()
            except OSError:
                pass  # It has ended, or is somebody else's.

    def runs(self, program):
        """The processes of this desk's that run the program."""
        begins = str(program).encode() + b"\0"
        return [
            int(path.parent.name)
            for path, text in self._processes()
            if path.name == "cmdline" and text.startswith(begins)
        ]

    def web_processes(self):
        """Those that WebKit has for the pages of this desk's windows."""
        return [
            int(path.parent.name)
            for path, text in self._processes()
            if path.name == "cmdline" and text.split(b"\0")[0].endswith(b"/WebKitWebProcess")
        ]

    def _files(self):
        """What the app and its windows have written (SR-06)."""
        folders = [self.data, *(self.home / name for name in ("data", "config", "cache"))]
        logs = [self.home / f"{name}.log" for name in ("joinbell", "tauri-driver")]
        for path in [*logs, *(p for f in folders for p in f.rglob("*"))]:
            if path.is_file():
                yield path, path.read_bytes()

    @staticmethod
    def _find_secrets(places):
        for path, found in places:
            for word in SECRETS:
                assert not any(form in found for form in forms(word)), f"{word!r} is in {path}"

    def _end_children(self):
        for child in reversed(self.children):
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
        for child in reversed(self.children):
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    def _folder(self, name, mode=0o755):
        path = self.home / name
        path.mkdir(mode=mode, exist_ok=True)
        return path

    def _opener(self):
        """Stands for the browser: writes down what it is asked to open."""
        script = self.home / "opener"
        script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{self.opened}"\n')
        script.chmod(0o755)
        return script

    def start(self, name, command, **options):
        log = open(self.home / f"{name}.log", "wb")
        child = subprocess.Popen(
            command,
            env=self.environment,
            stdout=options.pop("stdout", log),
            stderr=log,
            start_new_session=True,
            **options,
        )
        self.children.append(child)
        return child

    def stop(self, name):
        """Ends a child by its name and waits for the end."""
        for child in self.children:
            if Path(child.args[0]).name == name and child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
                child.wait(10)

    def log(self, name):
        path = self.home / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _start_screen(self):
        read, write = os.pipe()
        command = ["Xvfb", "-screen", "0", "1280x1000x24"]
        if self.plugged:
            command = screen_of_many(self.home / "screen")
        command += ["-displayfd", str(write), "-nolisten", "tcp"]
        with ONE_SCREEN_STARTS, os.fdopen(read) as pipe:
            self.start("screen", command, pass_fds=[write])
            os.close(write)
            self.environment["DISPLAY"] = ":" + pipe.readline().strip()
        if self.plugged:
            self.monitors = Monitors(self.home / "screen")
            self.monitors.are(self.plugged)
            count = f"Monitors: {len(self.plugged)}"
            until("the monitors", lambda: count in self.ask("xrandr", "--listmonitors"))

    def _start_bus(self):
        kind = "--session"
        if not self.notifications:
            # The system's own configuration would start a daemon that is asked for.
            (self.home / "bus.conf").write_text(BARE_BUS)
            kind = f"--config-file={self.home / 'bus.conf'}"
        bus = self.start(
            "bus",
            ["dbus-daemon", kind, "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE,
        )
        address = bus.stdout.readline().decode().strip()
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address

    def _start_keyring(self):
        daemon = self.start(
            "keyring",
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            stdin=subprocess.PIPE,
        )
        daemon.stdin.write(b"test")
        daemon.stdin.close()
        until("the keyring", lambda: self.owner("org.freedesktop.secrets"))

    def ask(self, *command):
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=20, check=True
        ).stdout

    def owner(self, name):
        answer = self.ask(
            "dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
            "org.freedesktop.DBus.NameHasOwner", f"string:{name}",
        )
        return "boolean true" in answer

    def shot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.ask("import", "-window", "root", str(SHOTS / f"{self.name}-{name}.png"))

    @staticmethod
    def paint():
        """WebKit without a graphics card takes its time to paint."""
        time.sleep(1.5)

    def windows(self, pattern):
        """Ids of the visible windows whose names match."""
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", pattern],
            env=self.environment, capture_output=True, text=True, timeout=20,
        )
        return found.stdout.split()

    def press_key(self, pattern, key):
        """Presses a key in the window of this name, which it brings the keyboard to."""
        (window,) = self.windows(pattern)
        self.ask("xdotool", "windowfocus", "--sync", window, "key", key)

    def clipboard(self):
        return self.ask("xclip", "-selection", "clipboard", "-out")

    def place(self, window):
        """Left, top, width and height of a window."""
        told = self.ask("xdotool", "getwindowgeometry", "--shell", window)
        at = dict(line.split("=") for line in told.split())
        return [int(at[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")]

    def opened_addresses(self):
        return self.opened.read_text().split("\n")[:-1] if self.opened.exists() else []

    def simulator(self, *arguments):
        """Starts the simulated Exchange; answers its EWS address."""
        self.start(
            "exchange-sim",
            [str(TOP / "target/debug/exchange-sim"), "--listen", "127.0.0.1:0", *arguments],
        )
        pattern = re.compile(r"https?://127\.0\.0\.1:\d+/EWS/Exchange\.asmx")
        return until(
            "the simulated Exchange",
            lambda: (m := pattern.search(self.log("exchange-sim"))) and m.group(0),
        )

    def switches(self):
        """Where the simulated Exchange, started with `--control`, is told what shall go wrong."""
        pattern = re.compile(r"^http://127\.0\.0\.1:\d+$", re.MULTILINE)
        return until(
            "the port of switches",
            lambda: (m := pattern.search(self.log("exchange-sim"))) and m.group(0),
        )
