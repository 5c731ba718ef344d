"""As much of the WebDriver protocol as the scenarios need, spoken to
tauri-driver."""

import itertools
import json
import os
import random
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from http.client import RemoteDisconnected

from desk import TOP, until

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


# Below those that the system gives to whoever asks for any port, so that no
# other desk has one before its driver listens there.
PORTS = itertools.count(random.randrange(10_000, 20_000))
ONE_ASKS = threading.Lock()


def free_port():
    with ONE_ASKS:
        for port in PORTS:
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    pass  # Somebody else's.


class Refused(Exception):
    """WebDriver answered with an error."""


class App:
    """The app under WebDriver."""

    def __init__(self, desk, binary, arguments):
        self.desk = desk
        self.binary = binary
        port, native = free_port(), free_port()
        self.root = f"http://127.0.0.1:{port}"
        desk.start(
            "tauri-driver",
            ["tauri-driver", "--port", str(port), "--native-port", str(native)],
        )
        until("tauri-driver", lambda: self._listens(port))
        until("WebKitWebDriver", lambda: self._listens(native))
        answer = self._call(
            "POST",
            "/session",
            {
                "capabilities": {
                    "alwaysMatch": {
                        "browserName": "wry",
                        "tauri:options": {"application": str(binary), "args": arguments},
                    }
                }
            },
        )
        self.session = f"/session/{answer['sessionId']}"

    @staticmethod
    def _listens(port):
        with socket.create_connection(("127.0.0.1", port), 1):
            return True

    def _call(self, method, path, body=None):
        # tauri-driver keeps connections open which WebKitWebDriver has closed
        # meanwhile; such a request was never read, so it is sent again. Were a
        # click done twice, the opener would have been asked twice, which the
        # scenarios would notice.
        for left in (2, 1, 0):
            try:
                return self._once(method, path, body)
            except (RemoteDisconnected, ConnectionResetError):
                if not left:
                    raise
                time.sleep(0.2)

    def _once(self, method, path, body):
        request = urllib.request.Request(
            self.root + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise Refused(error.read().decode(errors="replace")[:400]) from None

    def crash(self):
        """The program ends as by a power cut."""
        for process in self.desk.runs(self.binary):
            os.kill(process, signal.SIGKILL)
        self.close()

    def close(self):
        self.desk.look_at_processes()
        try:
            self._call("DELETE", self.session)
        except (Refused, OSError):
            pass
        # While it ends it is still the one instance, which takes a next start.
        until("the app to end", lambda: not self.desk.runs(self.binary))

    def windows(self):
        return self._call("GET", self.session + "/window/handles")

    def to_window(self, title):
        """Goes to the window of this title, when it is there."""
        for handle in self.windows():
            self._call("POST", self.session + "/window", {"handle": handle})
            if title in self.title():
                return True
        return False

    def title(self):
        return self._call("GET", self.session + "/title")

    def address(self):
        return self._call("GET", self.session + "/url")

    def run(self, script, *arguments):
        return self._call(
            "POST", self.session + "/execute/sync", {"script": script, "args": list(arguments)}
        )

    def text(self):
        return self.run("return document.body.innerText") or ""

    def find(self, selector):
        value = self._call(
            "POST", self.session + "/element", {"using": "css selector", "value": selector}
        )
        return value[ELEMENT]

    def click(self, selector):
        element = self.find(selector)
        try:
            self._call("POST", f"{self.session}/element/{element}/click", {})
        except Refused as refused:
            # What was clicked may close its window before the driver answers;
            # what the click should have done is looked at by the scenario.
            if "no such window" not in str(refused):
                raise

    def _mark(self, name, within):
        """Marks the first button whose accessible name begins with `name`."""
        found = self.run(
            """
            const [within, name] = arguments;
            const buttons = [...document.querySelectorAll(within + ' button')];
            const hit = buttons.find((b) =>
              ((b.getAttribute('aria-label') || b.innerText || '').trim()).startsWith(name));
            if (!hit) return false;
            hit.setAttribute('data-hit', '1');
            return true;
            """,
            within,
            name,
        )
        if not found:
            raise Refused(f"no button named {name!r} in {within}")

    def _unmark(self):
        try:
            self.run(
                "document.querySelectorAll('[data-hit]').forEach(e => e.removeAttribute('data-hit'))"
            )
        except Refused:
            pass  # The click closed the window.

    def click_button(self, name, within="body"):
        """Clicks the first button whose accessible name begins with `name`."""
        self._mark(name, within)
        try:
            self.click("[data-hit]")
        finally:
            self._unmark()

    def press_button(self, name, within="body"):
        """The same with the screen's pointer, as a hand does it: WebDriver's
        clicks are made within WebKit, where the program sees no press (SR-34)."""
        self._mark(name, within)
        try:
            self.press("[data-hit]")
        finally:
            self._unmark()

    def press(self, selector):
        """Clicks the middle of an element with the screen's pointer."""
        x, y = self.run(
            """
            const element = document.querySelector(arguments[0]);
            element.scrollIntoView({ block: 'nearest' });
            const box = element.getBoundingClientRect();
            return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];
            """,
            selector,
        )
        is_agenda = self.address().endswith("agenda.html")
        name = "^Joinbell$" if is_agenda else f"^Joinbell: {self.title()}$"
        (window,) = self.desk.windows(name)
        self.desk.ask(
            "xdotool", "mousemove", "--window", window, str(x), str(y), "click", "1"
        )

    def focus_button(self, name, within="body"):
        """Gives the keyboard to a button, as Tab does."""
        self._mark(name, within)
        self.run("document.querySelector('[data-hit]').focus()")
        self._unmark()

    def type(self, selector, text):
        element = self.find(selector)
        self._call("POST", f"{self.session}/element/{element}/clear", {})
        self._call("POST", f"{self.session}/element/{element}/value", {"text": text})


def binary():
    return os.environ.get("JOINBELL_BINARY", str(TOP / "target/debug/joinbell"))


def start_app(desk, *arguments):
    return App(desk, binary(), list(arguments))
