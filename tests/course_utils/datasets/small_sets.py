"""A tiny MNIST, and a server of it on this machine.

`python -m tests.course_utils.datasets.small_sets FOLDER PORT` loads it as a reader would, in a
process that a test can kill.
"""

from __future__ import annotations

import gzip
import hashlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import torchvision

from course_utils.datasets import load_mnist
from course_utils.datasets.sources import SOURCES

COUNT = 20


def idx_files() -> dict[str, bytes]:
    """The four IDX files of `COUNT` blank images, by name."""
    count, side = COUNT.to_bytes(4, "big"), (28).to_bytes(4, "big")
    images = b"\0\0\x08\x03" + count + side + side + bytes(COUNT * 784)
    labels = b"\0\0\x08\x01" + count + bytes(i % 10 for i in range(COUNT))
    return {file: images if "images" in file else labels for file in SOURCES["MNIST"].files}


def archives() -> dict[str, bytes]:
    """The same files as the archives that are downloaded, equal in every process."""
    return {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in idx_files().items()}


def put(folder: Path) -> None:
    """Write the four files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in idx_files().items():
        (folder / name).write_bytes(content)


def take_for_the_originals(contents: dict[str, bytes], name: str = "MNIST") -> None:
    """Let `load_full` expect these contents instead of the original files."""
    digests = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    SOURCES[name] = replace(
        SOURCES[name],
        train={file: digests[file] for file in SOURCES[name].train},
        test={file: digests[file] for file in SOURCES[name].test},
    )


def download_from(port: int) -> None:
    """Let torchvision download the tiny MNIST from this machine."""
    take_for_the_originals(idx_files())
    stock = torchvision.datasets.MNIST
    stock.mirrors = [f"http://127.0.0.1:{port}/"]
    stock.resources = [
        (name, hashlib.md5(content, usedforsecurity=False).hexdigest())
        for name, content in archives().items()
    ]


@dataclass
class Server:
    """What the server does with the file `breaks`: "nothing", "close" or "stall" half-way."""

    port: int = 0
    breaks: str = ""
    how: str = "nothing"
    half_sent: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serve the archives on a free port of the loopback interface."""
    files = archives()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._send_head()

        def do_GET(self) -> None:
            content = self._send_head()
            if server.how == "nothing" or server.breaks != self.path[1:]:
                self.wfile.write(content)
                return
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            server.half_sent.set()
            if server.how == "stall":
                server.ended.wait()

        def _send_head(self) -> bytes:
            content = files[self.path[1:]]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            return content

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server.port = http.server_address[1]
        threading.Thread(target=http.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.ended.set()
            http.shutdown()


if __name__ == "__main__":
    download_from(int(sys.argv[2]))
    load_mnist(full=True, root=sys.argv[1])
