"""Holds recorded requests and answers of the simulated Exchange against Microsoft's schema.

Usage: schema.py NAME FOLDER [--requests]

FOLDER is one that EXCHANGE_SIM_RECORD or --record named. The one difference
that real servers have is undone first: they write m:Notification in streams,
where the schema says t:Notification.

With --requests what was asked is judged too: a request has to be valid unless
its sender said that it was broken on purpose, and then it has to be invalid.
"""

import collections
import os
import sys
from pathlib import Path

import lxml.etree

NAME, FOLDER = sys.argv[1], Path(sys.argv[2])
KINDS = ["answer", "request", "broken"] if "--requests" in sys.argv[3:] else ["answer"]
SCHEMA = Path(os.environ.get("JOINBELL_SHARED", "../shared")) / "ews-schema/soap-envelope.xsd"
if not SCHEMA.exists():
    print(f"skipped: what was said to {NAME} against Microsoft's schema (no ews-schema folder)")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

schema = lxml.etree.XMLSchema(lxml.etree.parse(str(SCHEMA)))


def complaint(file):
    """Why a document is invalid, or None."""
    text = file.read_bytes()
    if b"GetStreamingEventsResponse" in text:
        text = text.replace(b"m:Notification>", b"t:Notification>")
    try:
        document = lxml.etree.fromstring(text)
    except lxml.etree.XMLSyntaxError as error:
        return str(error)
    return None if schema.validate(document) else schema.error_log[0].message


failed = 0
for kind in KINDS:
    files = sorted(FOLDER.glob(f"*.{kind}.xml"))
    complaints = collections.defaultdict(list)
    for file in files:
        said = complaint(file)
        if kind == "broken":
            said = None if said else "marked as broken on purpose, and valid"
        if said:
            complaints[said].append(file.name)
    for said, names in complaints.items():
        print(f"  {len(names)} × {said} ({names[0]})")
    operations = collections.Counter(file.name.split("-")[2].split(".")[0] or "(none)" for file in files)
    told = ", ".join(f"{count} {name}" for name, count in sorted(operations.items()))
    right = bool(files) and not complaints
    failed += not right
    verdict = {
        "answer": f"answers to {NAME} are valid by Microsoft's schema",
        "request": f"requests of {NAME} are valid by Microsoft's schema",
        "broken": f"requests of {NAME} were broken on purpose, and are invalid",
    }[kind]
    print(f"{'ok    ' if right else 'FAILED'} {len(files)} {verdict}: {told}")
print(f"{len(KINDS) - failed} passed, {failed} failed")
sys.exit(1 if failed else 0)
