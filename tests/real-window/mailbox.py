"""A mailbox as its owner sees it: asked of the server by a client of its own,
which shares nothing with Joinbell."""

import base64
import urllib.request
import xml.etree.ElementTree as xml
from datetime import timedelta

MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"

FIND = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
  <s:Header><t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header>
  <s:Body>
    <m:FindItem Traversal="Shallow">
      <m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>
      <m:CalendarView StartDate="{start}" EndDate="{end}"/>
      <m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds>
    </m:FindItem>
  </s:Body>
</s:Envelope>
"""

GET = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
  <s:Header><t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header>
  <s:Body>
    <m:GetItem>
      <m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>
      <m:ItemIds><t:ItemId Id="{id}"/></m:ItemIds>
    </m:GetItem>
  </s:Body>
</s:Envelope>
"""

CREATE = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
  <s:Header><t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header>
  <s:Body>
    <m:CreateItem SendMeetingInvitations="SendToNone">
      <m:SavedItemFolderId><t:DistinguishedFolderId Id="calendar"/></m:SavedItemFolderId>
      <m:Items>
        <t:CalendarItem>
          <t:Subject>{subject}</t:Subject>
          <t:ReminderIsSet>true</t:ReminderIsSet>
          <t:Start>{start:%Y-%m-%dT%H:%M:%SZ}</t:Start>
          <t:End>{end:%Y-%m-%dT%H:%M:%SZ}</t:End>
          <t:Location>{location}</t:Location>
        </t:CalendarItem>
      </m:Items>
    </m:CreateItem>
  </s:Body>
</s:Envelope>
"""


def ask(url, address, password, document):
    proof = base64.b64encode(f"{address}:{password}".encode()).decode()
    request = urllib.request.Request(
        url,
        data=document.encode(),
        headers={"Authorization": f"Basic {proof}", "Content-Type": "text/xml; charset=utf-8"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return xml.parse(answer).getroot()


def put_meeting(url, address, password, subject, location, start):
    """Writes half an hour into the owner's calendar."""
    end = start + timedelta(minutes=30)
    document = CREATE.format(subject=subject, location=location, start=start, end=end)
    (code,) = ask(url, address, password, document).iter(MESSAGES + "ResponseCode")
    assert code.text == "NoError", code.text


def calendar_of(url, address, password, start, end):
    """The items between two moments: subject, start and end, and the owner's answer."""
    root = ask(url, address, password, FIND.format(start=start, end=end))
    names = ("Subject", "Start", "End", "MyResponseType")
    return [
        {name: item.findtext(TYPES + name, "") for name in names}
        | {"Id": item.find(TYPES + "ItemId").get("Id")}
        for item in root.iter(TYPES + "CalendarItem")
    ]


def answers_to(url, address, password, item):
    """What the owner's copy of a meeting says that each of the invited has answered."""
    root = ask(url, address, password, GET.format(id=item["Id"]))
    return {
        one.findtext(f"{TYPES}Mailbox/{TYPES}EmailAddress"): one.findtext(TYPES + "ResponseType")
        for one in root.iter(TYPES + "Attendee")
    }
