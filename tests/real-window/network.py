"""The network as a program behind a proxy sees it (`HTTPS_PROXY`)."""

import socket
import threading


class Network:
    """A proxy through which some hosts lead to one port of this machine, and
    all others nowhere. It notes who is asked for."""

    def __init__(self, *hosts):
        self.hosts = hosts
        self.asked = []
        self.port = None
        # Nobody gets through while it is not set.
        self.open = threading.Event()
        self.open.set()

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.open.set()
        self.listener.close()

    def _listen(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(near,), daemon=True).start()

    def _pass_on(self, near):
        with near:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                read = near.recv(1)
                if not read:
                    return
                head += read
            target = head.split(b" ")[1].decode()
            self.asked.append(target)
            self.open.wait()
            if target not in [f"{host}:443" for host in self.hosts]:
                near.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self.port)) as far:
                near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                carry_both_ways(near, far)


def carry_both_ways(near, far, heard=lambda piece: None):
    """Until both have ended; `heard` is told what the near one says."""
    back = threading.Thread(target=carry, args=(far, near), daemon=True)
    back.start()
    carry(near, far, heard)
    back.join()


def carry(source, sink, heard=lambda piece: None):
    try:
        while piece := source.recv(65536):
            heard(piece)
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # One of the two has gone.


class Wire:
    """A way to a port of this machine which keeps what is said to it."""

    def __init__(self, port):
        self.port = port
        self.said = b""
        self.lock = threading.Lock()

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.begin = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def count(self, word):
        with self.lock:
            return self.said.count(word.encode())

    def length(self):
        with self.lock:
            return len(self.said)

    def _hear(self, piece):
        with self.lock:
            self.said += piece

    def _listen(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near):
        with near, socket.create_connection(("127.0.0.1", self.port)) as far:
            carry_both_ways(near, far, self._hear)
