"""pyspnego, an NTLM client of its own, against the simulated Exchange.

Usage: pyspnego_ntlm.py EWS_URL PASSWORD CA_FILE BINDING

BINDING is what the simulator was started with: none, allow or require.
"""

import base64
import hashlib
import http.client
import importlib.metadata
import ssl
import sys
import urllib.parse

import spnego
import spnego.channel_bindings

URL, PASSWORD, AUTHORITY, MODE = sys.argv[1:5]
USER = "EXAMPLE\\anna"
ADDRESS = urllib.parse.urlsplit(URL)
BODY = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" '
    'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body><m:GetUserOofSettingsRequest>'
    "<t:Mailbox><t:Address>anna@example.org</t:Address></t:Mailbox></m:GetUserOofSettingsRequest></s:Body></s:Envelope>"
)

passed, failed = 0, 0


def step(sentence, happened):
    global passed, failed
    if happened:
        passed += 1
    else:
        failed += 1
    print(f"{'ok    ' if happened else 'FAILED'} {sentence}")


class Link:
    """One TLS connection."""

    def __init__(self):
        self.link = http.client.HTTPSConnection(
            ADDRESS.hostname, ADDRESS.port, context=ssl.create_default_context(cafile=AUTHORITY), timeout=20
        )
        self.link.connect()
        self.certificate = self.link.sock.getpeercert(binary_form=True)

    def ask(self, token=None):
        """Status and the server's NTLM token."""
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        if token is not None:
            headers["Authorization"] = "NTLM " + base64.b64encode(token).decode()
        self.link.request("POST", ADDRESS.path, BODY, headers)
        answer = self.link.getresponse()
        answer.read()
        offer = answer.getheader("WWW-Authenticate") or ""
        return answer.status, base64.b64decode(offer.removeprefix("NTLM").strip())

    def sign_in(self, password=PASSWORD, certificate=None, bound=True, spoil=None):
        """The status after a whole handshake."""
        bindings = None
        if bound:
            digest = hashlib.sha256(certificate or self.certificate).digest()
            bindings = spnego.channel_bindings.GssChannelBindings(application_data=b"tls-server-end-point:" + digest)
        client = spnego.client(
            USER, password, hostname=ADDRESS.hostname, service="HTTP", protocol="ntlm", channel_bindings=bindings
        )
        _, challenge = self.ask(client.step())
        proof = client.step(challenge)
        if spoil is not None:
            proof = proof[:spoil] + bytes([proof[spoil] ^ 1]) + proof[spoil + 1 :]
        status, _ = self.ask(proof)
        return status


print(f"pyspnego {importlib.metadata.version('pyspnego')}, channel binding {MODE}")
link = Link()
step("a request without a proof is refused", link.ask()[0] == 401)
step("a proof bound to the certificate is taken", link.sign_in() == 200)
step("the connection stays signed in", link.ask()[0] == 200)
step("another connection is not", Link().ask()[0] == 401)
step("a wrong password is refused", Link().sign_in(password="guess") == 401)
step("a proof whose integrity code is wrong is refused", Link().sign_in(spoil=72) == 401)
unbound = 401 if MODE == "require" else 200
step(f"a proof without a binding gets {unbound}", Link().sign_in(bound=False) == unbound)
foreign = 200 if MODE == "none" else 401
step(f"a proof bound to another certificate gets {foreign}", Link().sign_in(certificate=b"other") == foreign)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
