"""A notification daemon that behaves as Plasma's does: it says when its user
wants to be left alone (do-not-disturb, a shared screen) by the property
`Inhibited`. It keeps what it is told."""

from jeepney import HeaderFields, new_error, new_method_return

from bus_service import BusService

NOTIFICATIONS = "org.freedesktop.Notifications"


class Plasma(BusService):
    def __init__(self, address):
        self.inhibited = False
        # Title, text and the buttons' texts of each notification.
        self.told = []
        super().__init__(address, NOTIFICATIONS)

    def answer(self, message):
        member = message.header.fields.get(HeaderFields.member)
        if member == "GetCapabilities":
            return new_method_return(message, "as", (["actions", "body"],))
        if member == "GetServerInformation":
            return new_method_return(message, "ssss", ("Plasma", "KDE", "5.27", "1.2"))
        if member == "Notify":
            _, _, _, title, text, actions, _, _ = message.body
            self.told.append((title, text, actions[1::2]))
            return new_method_return(message, "u", (len(self.told),))
        if member == "CloseNotification":
            return new_method_return(message)
        if member == "Get" and message.body == (NOTIFICATIONS, "Inhibited"):
            return new_method_return(message, "v", (("b", self.inhibited),))
        return new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")
