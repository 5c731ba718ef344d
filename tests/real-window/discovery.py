"""The first run with an e-mail address alone: Autodiscover leads to the server,
through a proxy, because no name of a test is in any DNS."""

import re

from desk import Desk, until
from network import Network
from steps import PASSWORD, SETUP, USER, open_agenda, sign_in
from webdriver import start_app

SCENARIOS = []
SEARCH = "Looking for your server"


def scenario(function):
    SCENARIOS.append(function)
    return function


def begin(desk, network, *named):
    """An Exchange with an authority of its own, and a first run in front of it
    that knows an address and that authority."""
    folder = desk.home / "authority"
    url = desk.simulator("--demo", "--tls", str(folder), *named)
    network.port = int(re.search(r":(\d+)/", url).group(1))
    desk.environment["HTTPS_PROXY"] = network.address
    app = start_app(desk)
    until("the set-up window", lambda: app.to_window(SETUP))
    until("the first step", lambda: "E-mail address" in app.text())
    app.type("#address", USER)
    app.run("document.querySelector('details').open = true")
    app.type("#ca-file", str(folder / "ca.pem"))
    return app, url


@scenario
def an_address_alone_leads_to_the_server_and_the_search_is_seen_while_it_goes_on():
    hosts = "autodiscover.example.org", "mail.example.org"
    with Desk("discovery") as desk, Network(*hosts) as network:
        app, _ = begin(desk, network, "--named", "mail.example.org")
        network.open.clear()
        app.click("button[type=submit]")
        until("the search", lambda: SEARCH in app.text() and "under way" in app.text())
        assert "Password" not in app.text(), app.text()
        desk.paint()
        desk.shot("searching")
        network.open.set()
        until("the sign-in", lambda: "Password" in app.text())
        # Where the password would go is shown before there is one.
        assert "mail.example.org" in app.text(), app.text()
        strangers = {"autodiscover.example.org:443", "example.org:443", "mail.example.org:443"}
        assert set(network.asked) <= strangers, network.asked
        # And who vouches for it, and how one gets in there.
        assert "Certificate by Simulated Exchange CA" in app.text(), app.text()
        assert "Signs in with NTLM" in app.text(), app.text()
        desk.paint()
        desk.shot("found")
        sign_in(app, PASSWORD)
        until("the end of the set-up", lambda: "Connected" in app.text())
        for step in (SEARCH, "Secure connection", "Signing in", "Your calendar"):
            assert re.search(f"{step}.*?(done|ms)", app.text(), re.S), (step, app.text())
        desk.paint()
        desk.shot("connected")
        open_agenda(app)
        until("the meetings", lambda: "Release planning" in app.text())
        accounts = (desk.data / "accounts.toml").read_text()
        assert "https://mail.example.org/EWS/Exchange.asmx" in accounts, accounts
        app.close()


@scenario
def a_server_outside_of_the_domain_is_named_and_used_when_it_is_confirmed():
    with Desk("foreign") as desk, Network("autodiscover.example.org") as network:
        app, url = begin(desk, network)
        place = url.split("/")[2]
        app.click("button[type=submit]")
        sentence = until("the sentence", lambda: app.run(
            "return document.querySelector('[role=alert]')?.innerText"
        ))
        assert place in sentence and SEARCH in app.text(), sentence
        assert "Password" not in app.text(), app.text()
        desk.paint()
        desk.shot("named")
        app.click_button(f"Use {place}")
        until("the sign-in", lambda: "Password" in app.text())
        sign_in(app, PASSWORD)
        until("the end of the set-up", lambda: "Connected" in app.text())
        open_agenda(app)
        until("the meetings", lambda: "Release planning" in app.text())
        app.close()
