"""A program on the session bus that answers to a name."""

import threading

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection

# Not in line behind who has the name already.
DO_NOT_QUEUE = 4


class BusService:
    """Who inherits it has `answer`, which makes a reply of a call."""

    def __init__(self, address, name):
        self.address = address
        self.connection = open_dbus_connection(address)
        bus = DBusAddress(
            "/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus"
        )
        call = new_method_call(bus, "RequestName", "su", (name, DO_NOT_QUEUE))
        self.connection.send_and_get_reply(call)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                message = self.connection.receive()
            except (OSError, ConnectionError):
                return
            if message.header.message_type == MessageType.method_call:
                self.connection.send(self.answer(message))
