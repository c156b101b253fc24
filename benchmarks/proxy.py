"""A TCP proxy that counts round trips, and makes each of them take a while."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress

_SIZE = 1 << 16


class Proxy:
    """Passes bytes on to a server.

    ``trips`` counts how often a client spoke after the server had (or had just been called): what
    it sends in one go, whatever its length, is one trip.  ``latency`` is what a trip takes longer.
    """

    def __init__(self, host: str, port: int, latency: float = 0.0) -> None:
        self.trips = 0
        self.latency = latency
        self._to = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.trips += 1  # To connect is a trip as well.
                time.sleep(self.latency)
                server = socket.create_connection(self._to)
                for one in (client, server):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                answered = threading.Event()
                answered.set()
                self._pass(client, server, self._counted(answered), self.latency)
                self._pass(server, client, answered.set, 0.0)

    def _counted(self, answered: threading.Event) -> object:
        def count() -> None:
            if answered.is_set():
                answered.clear()
                self.trips += 1

        return count

    def _pass(
        self, source: socket.socket, target: socket.socket, seen: object, late: float
    ) -> None:
        line: queue.Queue[tuple[float, bytes]] = queue.Queue()

        def read() -> None:
            data = b"-"
            while data:
                try:
                    data = source.recv(_SIZE)
                except OSError:
                    data = b""
                if data:
                    seen()  # type: ignore[operator]
                line.put((time.monotonic() + late, data))

        def write() -> None:
            with suppress(OSError):
                while True:
                    due, data = line.get()
                    if (wait := due - time.monotonic()) > 0:
                        time.sleep(wait)
                    if not data:
                        target.shutdown(socket.SHUT_WR)
                        return
                    target.sendall(data)

        for work in (read, write):
            threading.Thread(target=work, daemon=True).start()


@contextmanager
def before(host: str, port: int, latency: float = 0.0) -> Iterator[Proxy]:
    """Put a proxy before a server for as long as the block runs."""
    proxy = Proxy(host, port, latency)
    try:
        yield proxy
    finally:
        proxy.close()
