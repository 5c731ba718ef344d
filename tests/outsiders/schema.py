"""Holds recorded answers of the simulated Exchange against Microsoft's schema.

Usage: schema.py NAME FOLDER

FOLDER is one that EXCHANGE_SIM_RECORD or --record named. The one difference
that real servers have is undone first: they write m:Notification in streams,
where the schema says t:Notification.
"""

import collections
import os
import sys
from pathlib import Path

import lxml.etree

NAME, FOLDER = sys.argv[1], Path(sys.argv[2])
SCHEMA = Path(os.environ.get("JOINBELL_SHARED", "../shared")) / "ews-schema/soap-envelope.xsd"
if not SCHEMA.exists():
    print(f"skipped: answers to {NAME} against Microsoft's schema (no ews-schema folder)")
    sys.exit(0)

schema = lxml.etree.XMLSchema(lxml.etree.parse(str(SCHEMA)))
answers = sorted(FOLDER.glob("*.answer.xml"))
complaints = collections.defaultdict(list)
for file in answers:
    text = file.read_bytes()
    if b"GetStreamingEventsResponse" in text:
        text = text.replace(b"m:Notification>", b"t:Notification>")
    try:
        document = lxml.etree.fromstring(text)
    except lxml.etree.XMLSyntaxError as error:
        complaints[str(error)].append(file.name)
        continue
    if not schema.validate(document):
        complaints[schema.error_log[0].message].append(file.name)

operations = collections.Counter(file.name.split("-")[2].split(".")[0] or "(none)" for file in answers)
told = ", ".join(f"{count} {name}" for name, count in sorted(operations.items()))
for complaint, files in complaints.items():
    print(f"  {len(files)} × {complaint} ({files[0]})")
right = bool(answers) and not complaints
print(f"{'ok    ' if right else 'FAILED'} {len(answers)} answers to {NAME} are valid by Microsoft's schema: {told}")
print(f"{int(right)} passed, {int(not right)} failed")
sys.exit(0 if right else 1)
