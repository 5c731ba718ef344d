"""A StatusNotifierWatcher, as a desktop's panel has one: apps register their
tray item with it. The menu is read and clicked over com.canonical.dbusmenu."""

from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call, new_method_return
from jeepney import new_error
from jeepney.io.threading import open_dbus_router

from bus_service import BusService

WATCHER = "org.kde.StatusNotifierWatcher"


class TrayWatcher(BusService):
    def __init__(self, address):
        self.items = []
        super().__init__(address, WATCHER)

    def answer(self, message):
        fields = message.header.fields
        member = fields.get(HeaderFields.member)
        if member == "RegisterStatusNotifierItem":
            service = message.body[0]
            sender = fields.get(HeaderFields.sender)
            if service.startswith("/"):
                self.items.append((sender, service))
            else:
                self.items.append((service, "/StatusNotifierItem"))
            return new_method_return(message)
        if member == "RegisterStatusNotifierHost":
            return new_method_return(message)
        if member == "Get":
            name = message.body[1]
            values = {
                "IsStatusNotifierHostRegistered": ("b", True),
                "ProtocolVersion": ("i", 0),
                "RegisteredStatusNotifierItems": ("as", [s + p for s, p in self.items]),
            }
            if name in values:
                return new_method_return(message, "v", (values[name],))
        if member == "GetAll":
            return new_method_return(
                message, "a{sv}", ({"IsStatusNotifierHostRegistered": ("b", True)},)
            )
        return new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")


class TrayItem:
    """The registered item, asked over a connection of its own."""

    def __init__(self, address, service, path):
        self.service, self.path = service, path
        self.address = address

    def _ask(self, path, interface, member, signature, body):
        with open_dbus_router(self.address) as router:
            target = DBusAddress(path, self.service, interface)
            reply = router.send_and_get_reply(
                new_method_call(target, member, signature, body), timeout=10
            )
            if reply.header.message_type == MessageType.error:
                raise RuntimeError(str(reply.body))
            return reply.body

    def property(self, name):
        return self._ask(
            self.path,
            "org.freedesktop.DBus.Properties",
            "Get",
            "ss",
            ("org.kde.StatusNotifierItem", name),
        )[0][1]

    def activate(self, x=0, y=0):
        """What a left click does; the place is the pointer's, where the panel tells it."""
        self._ask(self.path, "org.kde.StatusNotifierItem", "Activate", "ii", (x, y))

    def middle_click(self):
        self._ask(self.path, "org.kde.StatusNotifierItem", "SecondaryActivate", "ii", (0, 0))

    def menu(self):
        """Menu entries as (id, label), separators left out."""
        path = self.property("Menu")
        self._ask(path, "com.canonical.dbusmenu", "AboutToShow", "i", (0,))
        _, root = self._ask(
            path, "com.canonical.dbusmenu", "GetLayout", "iias", (0, -1, [])
        )
        entries = []

        def walk(node):
            identity, properties, children = node
            label = properties.get("label")
            if label:
                entries.append((identity, label[1].replace("_", "")))
            for child in children:
                walk(child[1])

        walk(root)
        return entries

    def click(self, label):
        path = self.property("Menu")
        for identity, text in self.menu():
            if text.startswith(label):
                self._ask(
                    path,
                    "com.canonical.dbusmenu",
                    "Event",
                    "isvu",
                    (identity, "clicked", ("i", 0), 0),
                )
                return
        raise RuntimeError(f"no entry {label!r} in {self.menu()}")
