"""What a page of ours cannot do, were somebody else's script in it."""

import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from desk import Desk, until
from steps import SETUP
from webdriver import start_app

SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


class Elsewhere:
    """A site that notes who comes. Connections on which nothing is asked do not
    count: WebKit readies one before it asks whether it may go there."""

    def __enter__(self):
        came = self.came = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                came.append(self.path)
                self.send_response(200)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.end_headers()

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


TRIES = """
const url = (name) => arguments[0] + '/' + name;
const put = (tag, more) => document.body.appendChild(Object.assign(document.createElement(tag), more));
const inline = '<script>parent.broken = true; top.broken = true<' + '/script>';
const told = {};
const attempt = (name, act) => {
  try { told[name] = String(act()); } catch (error) { told[name] = 'refused: ' + error; }
};
attempt('window', () => window.open(url('window')));
attempt('self', () => window.open(url('self'), '_self'));
attempt('blank', () => put('a', { href: url('blank'), target: '_blank', rel: 'opener' }).click());
attempt('link', () => put('a', { href: url('link') }).click());
attempt('download', () => put('a', { href: url('download'), download: 'x' }).click());
attempt('frame', () => put('iframe', { src: url('frame') }));
attempt('srcdoc', () => put('iframe', { srcdoc: inline }));
attempt('data', () => put('iframe', { src: 'data:text/html,' + inline }));
attempt('object', () => put('object', { data: url('object') }));
attempt('embed', () => put('embed', { src: url('embed') }));
attempt('form', () => put('form', { action: url('form'), method: 'post' }).submit());
attempt('image', () => put('img', { src: url('image') }));
attempt('style', () => put('link', { rel: 'stylesheet', href: url('style') }));
attempt('prefetch', () => put('link', { rel: 'prefetch', href: url('prefetch') }));
attempt('script', () => put('script', { src: url('script') }));
attempt('fetch', () => fetch(url('fetch'), { mode: 'no-cors' }).catch(() => undefined));
attempt('beacon', () => navigator.sendBeacon(url('beacon')));
attempt('events', () => new EventSource(url('events')));
attempt('socket', () => new WebSocket(url('socket').replace('http', 'ws')));
attempt('refresh', () => put('meta', { httpEquiv: 'refresh', content: '0;url=' + url('refresh') }));
attempt('assign', () => location.assign(url('assign')));
return told;
"""


@scenario
def sr_38_no_page_opens_another_beside_itself_within_itself_or_in_its_place():
    with Desk("pages") as desk, Elsewhere() as elsewhere:
        app = start_app(desk)
        until("the set-up window", lambda: app.to_window(SETUP))
        until("its page", lambda: "E-mail address" in app.text())
        before, windows, seen = app.address(), app.windows(), desk.windows("")
        told = app.run(TRIES, elsewhere.address)
        assert told["window"] == "null" and len(told) == 21, told
        # Nothing that could be waited for comes of it.
        time.sleep(3)
        assert elsewhere.came == [], elsewhere.came
        assert (app.address(), app.windows()) == (before, windows)
        assert desk.windows("") == seen
        assert app.run("return window.broken ?? 'whole'") == "whole"
        assert "E-mail address" in app.text()
        assert desk.opened_addresses() == []
        urllib.request.urlopen(elsewhere.address + "/seen", timeout=10).close()
        assert elsewhere.came == ["/seen"], "the site would have noticed"
        app.close()
