"""A line between two programs that can be cut, or lose what it carries."""

import socket
import socketserver
import threading
from contextlib import suppress
from itertools import count

from tests.faults.servers import LOCAL

BLOCK = 65536


class Wire:
    """A port of loopback that leads to another one.

    `cut` drops every connection that is open; while `down` is true no new one is let through. With
    `lose` set to n the reply to every nth POST is thrown away and its connection dropped: whoever
    sent it never learns that it was saved.
    """

    def __init__(self, port, lose=0):
        self.far, self.lose = port, lose
        self.down = False
        self.lost = 0
        self.posts = count(1)
        self.open = set()
        self.lock = threading.Lock()
        wire = self

        class Line(socketserver.BaseRequestHandler):
            def handle(self):
                wire.carry(self.request)

        self.server = socketserver.ThreadingTCPServer((LOCAL, 0), Line)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *problem):
        self.server.shutdown()
        self.server.server_close()
        self.cut()

    def cut(self):
        """Drop what is open; how many connections that were."""
        with self.lock:
            dropped, self.open = self.open, set()
        for ends in dropped:
            drop(ends)
        return len(dropped)

    def carry(self, near):
        """Bytes both ways until one side is done or the wire is cut."""
        if self.down:
            return
        try:
            far = socket.create_connection((LOCAL, self.far))
        except OSError:
            return
        ends = (near, far)
        with self.lock:
            self.open.add(ends)
        posted = threading.Event()
        back = threading.Thread(target=self.bring_back, args=(ends, posted), daemon=True)
        back.start()
        with suppress(OSError):
            while block := near.recv(BLOCK):
                if block.startswith(b"POST "):
                    posted.set()
                far.sendall(block)
        self.done(ends)
        back.join()

    def bring_back(self, ends, posted):
        near, far = ends
        with suppress(OSError):
            while block := far.recv(BLOCK):
                if posted.is_set() and self.is_lost():
                    break
                posted.clear()
                near.sendall(block)
        self.done(ends)

    def is_lost(self):
        if not self.lose or next(self.posts) % self.lose:
            return False
        self.lost += 1
        return True

    def done(self, ends):
        with self.lock:
            self.open.discard(ends)
        drop(ends)


def drop(ends):
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
