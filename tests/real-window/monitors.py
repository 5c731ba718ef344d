"""Monitors that are plugged in and pulled out: Xvfb has one alone, while Xvnc
has as many as whoever looks at it asks for (RFC 6143, and its extension
ExtendedDesktopSize of the community's rfbproto)."""

import shutil
import socket
import struct

SERVER = "Xtigervnc"

# Types of messages and of encodings, and the security type "none".
SET_ENCODINGS, SET_DESKTOP_SIZE = 2, 251
EXTENDED_DESKTOP_SIZE = -308
NONE = 1


def are_here():
    return shutil.which(SERVER) is not None


def command(socket_path):
    """Starts the screen; whoever looks at it does so by this socket alone."""
    return [
        SERVER, "-geometry", "1280x1000", "-depth", "24",
        "-SecurityTypes", "None", "-rfbport", "-1", "-rfbunixpath", str(socket_path),
    ]


class Monitors:
    """The one who looks at the screen of an Xvnc, and says what it is made of."""

    def __init__(self, path):
        self.link = socket.socket(socket.AF_UNIX)
        self.link.settimeout(20)
        self.link.connect(str(path))
        self.link.sendall(self._read(12))
        (kinds,) = self._read(1)
        assert NONE in self._read(kinds)
        self.link.sendall(bytes([NONE]))
        assert self._read(4) == bytes(4), "the screen lets nobody in"
        shared = 1
        self.link.sendall(bytes([shared]))
        # Its size, what its pixels are made of, and its name.
        self._read(20)
        (name,) = struct.unpack(">I", self._read(4))
        self._read(name)
        self.link.sendall(struct.pack(">BxHi", SET_ENCODINGS, 1, EXTENDED_DESKTOP_SIZE))

    def are(self, places):
        """From now on these are plugged in: left, top, width and height of each
        by its number."""
        width = max(left + width for left, _, width, _ in places.values())
        height = max(top + height for _, top, _, height in places.values())
        message = struct.pack(">BxHHBx", SET_DESKTOP_SIZE, width, height, len(places))
        for number, place in places.items():
            message += struct.pack(">IHHHHI", number, *place, 0)
        self.link.sendall(message)

    def _read(self, length):
        read = b""
        while len(read) < length:
            more = self.link.recv(length - len(read))
            assert more, "the screen is gone"
            read += more
        return read
