"""Asks the simulated Exchange things that Microsoft's schema refuses.

Usage: changed_requests.py URL PASSWORD FOLDER

Takes the requests of a client which FOLDER holds (--record), changes each at
one place at random, and compares what the schema says with what the server
does: what is refused there has to be refused here, and nothing else.
"""

import base64
import collections
import copy
import os
import random
import sys
import urllib.error
import urllib.request
from pathlib import Path

import lxml.etree

URL, PASSWORD, FOLDER = sys.argv[1], sys.argv[2], Path(sys.argv[3])
SCHEMA = Path(os.environ.get("JOINBELL_SHARED", "../shared")) / "ews-schema/soap-envelope.xsd"
if not SCHEMA.exists():
    print("skipped: requests against Microsoft's schema (no ews-schema folder)")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

TRIES = 2000
# Streams stay open.
LEFT_OUT = {"GetStreamingEvents", "Unsubscribe"}
VALUES = ["Nonsense", "-1", "2.5", "99999999999", "2026-13-40T00:00:00Z"]
schema = lxml.etree.XMLSchema(lxml.etree.parse(str(SCHEMA)))
chance = random.Random(2013)


def name(element):
    return lxml.etree.QName(element).localname


def change(body):
    """Changes one place; says which, or None when nothing was changed."""
    element = chance.choice(list(body.iter(lxml.etree.Element)))
    place = f"{name(element.getparent())}/{name(element)}"
    how = chance.choice(["leave out", "double", "move", "attribute", "value", "text", "new", "namespace"])
    if how == "leave out" and element is not body:
        element.getparent().remove(element)
    elif how == "double" and element is not body:
        element.addnext(copy.deepcopy(element))
    elif how == "move" and len(element) > 1:
        element.append(element[0])
    elif how == "attribute" and element.attrib:
        del element.attrib[chance.choice(list(element.attrib))]
    elif how == "value" and element.attrib:
        element.set(chance.choice(list(element.attrib)), chance.choice(VALUES))
    elif how == "text":
        element.text = chance.choice(VALUES)
    elif how == "new":
        element.set("Invented", "1")
    elif how == "namespace":
        element.tag = f"{{urn:elsewhere}}{name(element)}"
    else:
        return None
    return f"{how} {place}"


def ask(document):
    token = base64.b64encode(f"anna@example.org:{PASSWORD}".encode()).decode()
    headers = {"Content-Type": "text/xml; charset=utf-8", "Authorization": f"Basic {token}"}
    request = urllib.request.Request(URL, lxml.etree.tostring(document), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


originals = []
for file in sorted(FOLDER.glob("*.request.xml")):
    document = lxml.etree.fromstring(file.read_bytes())
    if name(document.find("{*}Body")[0]) not in LEFT_OUT and ask(document) == 200:
        originals.append(document)

right = collections.Counter()
lax, strict = collections.Counter(), collections.Counter()
for _ in range(TRIES if originals else 0):
    document = copy.deepcopy(chance.choice(originals))
    what = change(document.find("{*}Body")[0])
    if what is None:
        continue
    valid, status = schema.validate(document), ask(document)
    if status not in (200, 500):
        strict[f"{what}: status {status}"] += 1
    elif valid and status == 500:
        # A number out of bounds may be valid by the schema's wide type.
        right["out of bounds"] += 1
    elif not valid and status == 200:
        lax[what] += 1
    else:
        right["refused" if status == 500 else "taken"] += 1

for complaint, count in (lax + strict).most_common(20):
    print(f"  {count} × {complaint}")
few = right["out of bounds"] * 100 <= TRIES
passed = bool(originals) and right["refused"] > TRIES // 4 and not lax and not strict and few
told = ", ".join(f"{count} {kind}" for kind, count in sorted(right.items()))
print(f"{'ok    ' if passed else 'FAILED'} requests changed at random are judged as by Microsoft's schema: {told}")
print(f"{int(passed)} passed, {int(not passed)} failed")
sys.exit(0 if passed else 1)
