"""The tray for real, over the session bus as a panel asks it."""

import re
import time

from desk import Desk, until
from network import Wire
from schedule import add_account
from steps import agenda_of, labels, tray_of
from tray_watcher import TrayItem, TrayWatcher
from webdriver import binary, start_app

SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


@scenario
def the_tray_has_the_next_meeting_opens_the_agenda_and_quits():
    with Desk("tray") as desk:
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        app = desk.start("joinbell", [binary(), "--demo", "--hidden"])
        until("the tray item", lambda: watcher.items)
        item = TrayItem(watcher.address, *watcher.items[0])
        until("the day in the menu", lambda: any(t.startswith("Join ") for _, t in item.menu()))
        labels = [label for _, label in item.menu()]
        assert "Open agenda" in labels and "Quit Joinbell" in labels, labels
        assert item.property("ToolTip")[2], "no tooltip"
        sizes = sorted(width for width, _, _ in item.property("IconPixmap"))
        assert sizes == [16, 22, 32, 48], sizes
        assert desk.windows("^Joinbell$") == [], "--hidden shows no window"
        # The first one comes to where the panel says that it was pressed.
        item.activate(1270, 990)
        (window,) = until("the agenda window", lambda: desk.windows("^Joinbell$"))

        def is_near():
            left, top, width, height = desk.place(window)
            return abs(left + width - 1280) < 10 and abs(top + height - 990) < 40

        until("the window at the tray", is_near)
        desk.paint()
        desk.shot("opened")
        desk.ask("xdotool", "windowclose", window)
        until("the window to go", lambda: desk.windows("^Joinbell$") == [])
        assert app.poll() is None, "closing the last window must not end the program"
        item.click("Open agenda")
        until("the agenda window again", lambda: desk.windows("^Joinbell$"))
        item.click("Quit Joinbell")
        until("the end", lambda: app.poll() is not None)
        assert app.returncode == 0, desk.log("joinbell")


ROOM = "https://acme.webex.com/meet/anna.berg"


@scenario
def each_entry_of_the_tray_does_what_it_says():
    with Desk("entries") as desk:
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        app = start_app(desk, "--demo")
        agenda_of(app)
        item = tray_of(desk, watcher)
        until("the meeting that is on", lambda: any(l.startswith("Join ") for l in labels(item)))

        # A meeting's row.
        row = [label for label in labels(item) if re.match(r"\d", label)][-1]
        item.click(row)
        opened = until("the opened row", lambda: app.run(
            "return document.querySelector('.row.open .title')?.innerText"
        ))
        assert opened.startswith(row.split("  ", 1)[1]), (opened, row)

        item.click("Copy link")
        link = until("the link on the clipboard", desk.clipboard)
        assert link.startswith("https://") and desk.opened_addresses() == [], link
        item.middle_click()
        until("the opener", lambda: desk.opened_addresses() == [link])
        item.click("Join ")
        until("the opener again", lambda: desk.opened_addresses() == [link, link])
        item.click("New meeting")
        until("the schedule window", lambda: app.to_window("Schedule meeting"))

        # A room that is missing is named in the settings.
        item.click("Meet now")
        until("the settings", lambda: app.to_window("Settings"))
        assert desk.clipboard() == link
        answer = app.run(
            """
            const value = { kind: 'text', text: arguments[0] };
            const request = { change: { name: 'personal_room', value } };
            return window.__TAURI_INTERNALS__.invoke('change_setting', { request })
              .then(() => 'done', (problem) => problem.text ?? String(problem));
            """,
            ROOM,
        )
        assert answer == "done", answer
        item.click("Meet now")
        until("the room on the clipboard", lambda: desk.clipboard() == ROOM)

        # The driver's session may end with the window that it is at.
        agenda_of(app)
        (settings,) = desk.windows("^Joinbell: Settings")
        desk.ask("xdotool", "windowclose", settings)
        until("the settings to go", lambda: not desk.windows("^Joinbell: Settings"))
        item.click("Settings")
        until("the settings again", lambda: app.to_window("Settings"))
        app.close()


@scenario
def update_now_in_the_tray_asks_the_server_at_once():
    with Desk("refresh") as desk:
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        url = desk.simulator("--demo", "--basic")
        port = int(re.search(r":(\d+)/", url).group(1))
        with Wire(port) as wire:
            add_account(desk, url.replace(f":{port}/", f":{wire.begin}/"))
            app = start_app(desk)
            agenda_of(app)
            until("the stream", lambda: wire.count("<m:GetStreamingEvents") > 0)
            item = tray_of(desk, watcher)

            def asked():
                return wire.count("SyncFolderItems>")

            def is_quiet():
                before = wire.length()
                time.sleep(3)
                return wire.length() == before

            until("nothing that is asked", is_quiet, 60)
            before = asked()
            item.click("Update now")
            until("what is asked for", lambda: asked() > before, 10)
            app.close()


@scenario
def sr_43_no_program_is_run_that_lies_where_the_app_was_started():
    with Desk("planted") as desk:
        # The user's own opener, and what somebody has put into a folder.
        desk.environment.pop("JOINBELL_OPENER")
        real, planted = desk.home / "bin", desk.home / "downloads"
        ran = desk.home / "ran.txt"
        for folder in (real, planted):
            folder.mkdir()
        (desk.home / "opener").rename(real / "xdg-open")
        for name in ("xdg-open", "gio", "sh", "joinbell-cli", "WebKitWebProcess", "dbus-launch"):
            (planted / name).write_text(f'#!/bin/sh\necho "$0" >> "{ran}"\n')
            (planted / name).chmod(0o755)
        desk.environment["PATH"] = f":.:../downloads:{real}:{desk.environment['PATH']}"
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        desk.start("joinbell", [binary(), "--demo", "--hidden"], cwd=planted)
        item = tray_of(desk, watcher)
        until("the meeting that is on", lambda: any(l.startswith("Join ") for l in labels(item)))
        item.middle_click()
        (opened,) = until("the user's own opener", desk.opened_addresses)
        assert opened.startswith("https://"), opened
        item.activate()
        until("the agenda window", lambda: desk.windows("^Joinbell$"))
        assert not ran.exists(), ran.read_text()
