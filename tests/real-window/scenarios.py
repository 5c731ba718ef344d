"""The main paths of the real app. Each scenario has a desk of its own; its
name is the sentence that it shows. Some go on at the same time, because most of
what they do is waiting."""

import os
import signal
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from unittest import SkipTest

import accounts
import again
import away
import crash
import discovery
import gate
import hybrid
import pages
import quiet
import ring
import schedule
import screens
import sendings
import told
import tray
from desk import BROKEN_OFF, Desk, until
from steps import (
    AGENDA,
    PASSWORD,
    RING,
    SETUP,
    agenda_of,
    dismissed,
    labels,
    name_server,
    notifications,
    open_agenda,
    ring_of,
    rings_alone,
    set_up,
    sign_in,
    tray_of,
)
from tray_watcher import TrayWatcher
from webdriver import binary, start_app

SCENARIOS = []

# Scenarios that go on at the same time.
AT_ONCE = 3


def scenario(function):
    SCENARIOS.append(function)
    return function


@scenario
def the_demo_shows_the_day_and_rings_without_taking_the_focus_and_join_opens_the_link():
    with Desk("demo") as desk:
        app = start_app(desk, "--demo")
        agenda_of(app)
        text = app.text()
        assert "Today" in text and "Up to date" in text, text
        desk.paint()
        desk.shot("agenda")
        # A meeting that is on rings at once; the next one five minutes before.
        ring_of(app)
        # F14: the notification daemon goes away and comes back between two rings.
        desk.stop("dunst")
        until("what rings already to go", lambda: dismissed(app))
        desk.start_notifications()
        until("the next meeting to ring", lambda: app.to_window(RING) and "In 5 min" in app.text(), 150)
        until("the notification of the new daemon", lambda: notifications(desk) > 0)
        hint = app.run("return document.querySelector('.hint').innerText")
        desk.paint()
        desk.shot("ring")
        active = desk.ask("xdotool", "getactivewindow", "getwindowname").strip()
        assert active == "Joinbell", active
        (ring,) = desk.windows("^Joinbell: ")
        state = desk.ask("xprop", "-id", ring, "_NET_WM_STATE", "_NET_WM_DESKTOP")
        # The last is the number of "all desktops" (EWMH, _NET_WM_DESKTOP).
        for wanted in ("_NET_WM_STATE_ABOVE", "_NET_WM_STATE_SKIP_TASKBAR", str(0xFFFFFFFF)):
            assert wanted in state, state
        joined = app.run(
            """
            const rings = [...document.querySelectorAll('article.ring')];
            const ring = rings.find((ring) => ring.querySelector('.hint'));
            ring.id = 'it';
            return ring.querySelector('[id^=title-]').innerText;
            """
        )
        app.press_button("Join", "#it")
        (opened,) = until("the opener", desk.opened_addresses)
        assert opened.startswith("https://"), opened
        # The day's fixed meetings may ring beside it; the first ring alone tells the keys.
        assert hint.split(" · ")[0] == f"Opens {opened.split('/')[2]}", (opened, hint)
        until("its ring to go", lambda: not app.to_window(RING) or joined not in app.text())
        until("the others to go", lambda: dismissed(app))
        until("the notification to go", lambda: notifications(desk) == 0)
        app.close()


@scenario
def a_change_on_the_server_is_on_screen_without_a_click():
    with Desk("change") as desk:
        app = start_app(desk, "--demo")
        agenda_of(app)
        # The demo's server gets one more meeting half a minute after the start.
        # It is late enough to be below the rows that are drawn, so it is
        # searched for before it is there.
        added = "Call with Kiruna"
        app.type("input[type=search]", "Kiruna")
        assert added not in app.text()
        until("the new meeting", lambda: added in app.text(), 60)
        desk.paint()
        desk.shot("after")
        app.close()


@scenario
def the_join_button_of_the_notification_opens_the_link_that_the_ring_shows():
    with Desk("notification") as desk:
        app = start_app(desk, "--demo")
        ring_of(app)
        until("one ring with one link", lambda: rings_alone(app))
        until("its notification", lambda: notifications(desk) == 1)
        hint = app.run("return document.querySelector('.hint').innerText")
        assert desk.opened_addresses() == []
        desk.ask("dunstctl", "action", "0")
        (opened,) = until("the opener", desk.opened_addresses)
        assert opened.startswith("https://") and opened.split("/")[2] in hint, (opened, hint)
        until("the ring to go", lambda: not app.to_window(RING))
        app.close()


@scenario
def while_the_user_wants_quiet_the_ring_waits_in_the_tray_and_comes_afterwards():
    with Desk("quiet") as desk:
        desk.ask("dunstctl", "set-paused", "true")
        app = start_app(desk, "--demo")
        agenda_of(app)
        until("a notification that is held back", lambda: int(desk.ask("dunstctl", "count", "waiting")) > 0, 180)
        assert not app.to_window(RING), "the ring has come up"
        desk.ask("dunstctl", "set-paused", "false")
        ring_of(app)
        app.close()


@scenario
def who_has_no_account_looks_at_a_made_up_day_beside_the_first_run():
    with Desk("made-up") as desk:
        app = start_app(desk)
        until("the set-up window", lambda: app.to_window(SETUP))
        until("its page", lambda: "E-mail address" in app.text())
        # The second press finds one that runs.
        for _ in range(2):
            app.click_button("Try with a demo mailbox")
        until("the agenda of the demo", lambda: desk.windows("^Joinbell$"), 60)
        ran = desk.runs(binary())
        assert len(ran) == 2, ran
        demo = [one for one in ran if b"--demo" in Path(f"/proc/{one}/cmdline").read_bytes()]
        assert len(demo) == 1 and "E-mail address" in app.text()
        desk.paint()
        desk.shot("both")
        os.kill(demo[0], signal.SIGTERM)
        until("the demo to end", lambda: len(desk.runs(binary())) == 1)
        app.close()


@scenario
def the_first_run_says_what_is_wrong_and_then_shows_the_agenda():
    with Desk("first-run") as desk:
        url = desk.simulator("--demo")
        app = start_app(desk)
        until("the set-up window", lambda: app.to_window(SETUP))
        desk.paint()
        desk.shot("first")
        name_server(app, url)
        sign_in(app, "wrong")
        until("the sentence", lambda: "did not let you in" in app.run(
            "return document.querySelector('[role=alert]')?.innerText ?? ''"
        ))
        text = app.text()
        assert "Secure connection" in text and "Signing in" in text and " ms" in text, text
        assert "password" in app.run("return document.querySelector('[role=alert]').innerText")
        desk.paint()
        desk.shot("wrong-password")
        sign_in(app, PASSWORD)
        until("the end of the set-up", lambda: "Connected" in app.text())
        desk.paint()
        desk.shot("connected")
        open_agenda(app)
        until("the set-up window to go", lambda: not app.to_window(SETUP))
        app.to_window(AGENDA)
        desk.paint()
        desk.shot("agenda")
        app.close()
        on_disk = b"".join(p.read_bytes() for p in desk.data.rglob("*") if p.is_file())
        assert PASSWORD.encode() not in on_disk, "the password rests on the disk"


@scenario
def a_start_without_the_server_shows_the_last_agenda_and_its_age():
    with Desk("offline") as desk:
        url = desk.simulator("--demo")
        app = start_app(desk)
        set_up(app, url)
        until("the first list", lambda: "Up to date" in app.text())
        app.close()
        desk.stop("exchange-sim")
        app = start_app(desk)
        agenda_of(app)
        until("the age of the list", lambda: "Offline, as of" in app.text())
        assert "Release planning" in app.text()
        desk.paint()
        desk.shot("agenda")
        app.close()


@scenario
def a_server_that_is_not_there_is_named_in_one_sentence():
    with Desk("nowhere") as desk:
        app = start_app(desk)
        until("the set-up window", lambda: app.to_window(SETUP))
        name_server(app, "http://127.0.0.1:9/EWS/Exchange.asmx")
        sign_in(app, "secret")
        sentence = until("the sentence", lambda: app.run(
            "return document.querySelector('[role=alert]')?.innerText"
        ))
        assert "127.0.0.1" in sentence, sentence
        app.close()


@scenario
def sr_42_the_program_that_runs_takes_orders_from_its_own_user_only():
    if os.getuid() != 0:
        raise SkipTest("only root can try it as somebody else")
    with Desk("others") as desk:
        desk.start("joinbell", [binary(), "--hidden"])
        name = "org.joinbell.desktop.SingleInstance"
        until("the first instance", lambda: desk.owner(name))
        # What a second start sends, with the address known to everybody.
        order = [
            "dbus-send", "--session", "--print-reply", f"--dest={name}",
            "/" + name.replace(".", "/"), "org.SingleInstance.DBus.ExecuteCallback",
            "array:string:joinbell,--hidden", "string:/",
        ]
        subprocess.run(order, env=desk.environment, check=True, capture_output=True, timeout=20)
        other = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *order],
            env=desk.environment, capture_output=True, text=True, timeout=20,
        )
        assert other.returncode != 0, other.stdout


@scenario
def a_second_start_hands_over_to_the_first():
    with Desk("twice") as desk:
        first = desk.start("joinbell", [binary(), "--hidden"])
        until("the first to be there", lambda: desk.owner("org.joinbell.desktop.SingleInstance"))
        assert desk.windows("^Joinbell") == []
        second = subprocess.run(
            [binary()], env=desk.environment, timeout=30, capture_output=True, text=True
        )
        assert second.returncode == 0, second.stderr
        until("the window of the first", lambda: desk.windows("^Joinbell"))
        assert first.poll() is None


@scenario
def sr_36_to_39_a_window_runs_no_foreign_script_and_asks_only_for_what_is_its_own():
    with Desk("locked") as desk:
        app = start_app(desk)
        until("the set-up window", lambda: app.to_window(SETUP))
        invoke = "return window.__TAURI_INTERNALS__.invoke(...arguments).then(() => 'ran', String)"
        inline = """
            const script = document.createElement('script');
            script.textContent = 'window.broken = true';
            document.body.append(script);
            return window.broken ?? 'blocked';
        """
        assert app.run(inline) == "blocked"
        join = {"request": {"meeting": "x", "index": 0, "host": "acme.webex.com", "anyway": True}}
        for command, arguments, refusal in [
            ("join", join, "not allowed"),
            ("quit", {}, "not allowed"),
            ("plugin:event|listen", {"event": "x", "target": {"kind": "Any"}, "handler": 1}, "not allowed"),
            ("plugin:window|close", {}, "not allowed"),
            ("change_setting", {"request": {}}, "not allowed"),
            ("watch_agenda", {}, "not allowed"),
            ("plugin:global-shortcut|register", {"shortcuts": ["F9"], "handler": 1}, "not allowed"),
            ("plugin:deep-link|get_current", {}, "not allowed"),
            ("connect", {"request": {"address": "", "more": 1}, "channel": "__CHANNEL__:1"}, "unknown field"),
        ]:
            answer = app.run(invoke, command, arguments)
            assert refusal in answer, (command, answer)
        before = app.address()
        app.run("location.href = 'https://example.org/'")
        time.sleep(1)
        assert app.address() == before
        app.close()


@scenario
def a_setting_counts_at_once_in_every_window_and_after_a_restart():
    with Desk("settings") as desk:
        url = desk.simulator("--demo")
        app = start_app(desk)
        set_up(app, url)
        app.run("window.dispatchEvent(new KeyboardEvent('keydown', { key: ',' }))")
        until("the settings", lambda: app.to_window("Settings"))
        until("the sections", lambda: "Appearance and language" in app.text())
        app.click("#section-reminders")
        entry = desk.home / "config" / "autostart" / "Joinbell.desktop"
        app.click("#set-at_login")
        until("the start at sign-in", entry.exists)
        assert f'Exec="{binary()}" --hidden\n' in entry.read_text(), entry.read_text()
        # The answer brings the footer, and what was changed moves above it.
        until("the answer", lambda: "Saved" in app.text())
        app.click("#set-at_login")
        until("no start at sign-in", lambda: not entry.exists())
        app.click("#section-appearance")
        app.run("""
            const choice = document.getElementById('set-language');
            choice.value = 'sv';
            choice.dispatchEvent(new Event('change', { bubbles: true }));
        """)
        until("Swedish settings", lambda: app.to_window("Inställningar") and "Språk" in app.text())
        desk.paint()
        desk.shot("swedish")
        until("the agenda in Swedish", lambda: app.to_window("Möten") and "Uppdaterad" in app.text())
        app.close()
        app = start_app(desk)
        until("the agenda in Swedish again", lambda: app.to_window("Möten"))
        until("the meetings", lambda: "Release planning" in app.text())
        desk.paint()
        desk.shot("restarted")
        app.close()


@scenario
def muted_from_the_tray_nothing_rings_and_the_next_start_keeps_to_it():
    with Desk("mute") as desk:
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        url = desk.simulator("--demo")
        app = start_app(desk)
        until("the set-up window", lambda: app.to_window(SETUP))
        name_server(app, url)
        item = tray_of(desk, watcher)
        until("the choice", lambda: "Mute for an hour" in labels(item))
        item.click("Mute for an hour")
        until("the silence", lambda: any(l.startswith("Muted until") for l in labels(item)))
        assert "Muted until" in item.property("ToolTip")[2], item.property("ToolTip")
        sign_in(app, PASSWORD)
        until("the end of the set-up", lambda: "Connected" in app.text())
        open_agenda(app)
        until("what would ring", lambda: "Show what rings" in labels(item))
        app.close()

        app = start_app(desk)
        agenda_of(app)
        item = tray_of(desk, watcher)
        until("the silence", lambda: "Ring again" in labels(item))
        time.sleep(2)
        assert not app.to_window(RING) and notifications(desk) == 0
        item.click("Ring again")
        until("the ring", lambda: app.to_window(RING))
        desk.paint()
        desk.shot("rings-again")
        app.close()


@scenario
def keys_of_the_whole_desktop_open_the_agenda_join_and_mute():
    with Desk("keys") as desk:
        (desk.data / "settings.toml").write_text(
            'version = 2\n[shortcuts]\nopen_agenda = "Ctrl+Alt+A"\n'
            'join_next = "Ctrl+Alt+J"\nmute = "Ctrl+Alt+M"\n'
        )
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        schedule.add_account(desk, desk.simulator("--demo"))
        desk.start("joinbell", [binary(), "--hidden"])
        item = tray_of(desk, watcher)
        until("the meeting that is on", lambda: any(l.startswith("Join ") for l in labels(item)))
        assert desk.windows("^Joinbell$") == []
        desk.ask("xdotool", "key", "ctrl+alt+a")
        until("the agenda window", lambda: desk.windows("^Joinbell$"))
        assert desk.opened_addresses() == []
        desk.ask("xdotool", "key", "ctrl+alt+j")
        (opened,) = until("the opener", desk.opened_addresses)
        assert opened.startswith("https://"), opened
        desk.ask("xdotool", "key", "ctrl+alt+m")
        until("the silence", lambda: "Ring again" in labels(item))
        desk.ask("xdotool", "key", "ctrl+alt+m")
        until("the end of the silence", lambda: "Mute for an hour" in labels(item))


@scenario
def a_link_from_another_program_opens_the_agenda_and_nothing_else():
    with Desk("link") as desk:
        desk.start("joinbell", [binary(), "--hidden"])
        until("the first to be there", lambda: desk.owner("org.joinbell.desktop.SingleInstance"))
        for link in ["joinbell://open/https://example.org", "joinbell://agenda?url=file:///etc/passwd"]:
            subprocess.run([binary(), link], env=desk.environment, timeout=30, check=True)
        time.sleep(2)
        assert desk.windows("^Joinbell") == [], "a link that is none opened a window"
        subprocess.run([binary(), "joinbell://agenda"], env=desk.environment, timeout=30, check=True)
        until("the window of the first", lambda: desk.windows("^Joinbell"))
        assert desk.opened_addresses() == []


def play(run):
    """Runs a scenario; answers with the line that tells of it."""
    name, started = run.__name__.replace("_", " "), time.monotonic()
    try:
        run()
        return f"ok      {name} ({time.monotonic() - started:.0f} s)"
    except SkipTest as why:
        return f"skipped: {why}"
    except Exception:
        return f"FAILED  {name} ({time.monotonic() - started:.0f} s)\n{traceback.format_exc()}"


def main(words):
    # Those that wait longest begin.
    others = (
        sendings, again, crash, quiet, screens, pages, ring, gate, told, accounts, tray, discovery,
        schedule, away, hybrid,
    )
    every = [one for others_own in others for one in others_own.SCENARIOS] + SCENARIOS
    chosen = [s for s in every if not words or any(w in s.__name__ for w in words)]
    outcomes = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for done in as_completed([pool.submit(play, run) for run in chosen]):
                outcomes.append(done.result())
                print(outcomes[-1], flush=True)
        except KeyboardInterrupt:
            BROKEN_OFF.set()
            pool.shutdown(cancel_futures=True)
            raise
    failed, skipped = (sum(one.startswith(how) for one in outcomes) for how in ("FAILED", "skipped:"))
    print(f"{len(chosen) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
