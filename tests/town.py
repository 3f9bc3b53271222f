"""Many hosts of small pages in a process of its own, so that its work is not counted; they listen on loopback.

    python -m tests.town 250      # prints a port, the same for the hosts 127.0.1.0 to 127.0.1.249; two at least
    python -m tests.town 250 0.2  # each answers after so many seconds

Every path but /robots.txt is a page of its own, with an ETag, and answers 304 to whoever has it.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .measured import serving

_NO_ROBOTS = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_UNCHANGED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'


@contextmanager
def town(hosts: int, seconds: float = 0) -> Iterator[list[str]]:
    """The origins of the hosts, while they are there."""
    with serving("-m", __name__, hosts, seconds) as port:
        yield [f"http://{name}:{port}" for name in _names(hosts)]


def _names(hosts: int) -> list[str]:
    return [f"127.0.{1 + number // 256}.{number % 256}" for number in range(hosts)]


def settings(origins: list[str], pages: int, delay: float = 0) -> str:
    """A sources.toml of so many pages, dealt out to the hosts one after another."""
    stanza = '[[source]]\nid = "s{0:05}"\nurl = "{1}/{0}"\nname = "n"\ndelay_seconds = {2}\n'
    return "".join(stanza.format(number, origins[number % len(origins)], delay) for number in range(pages))


def _page(path: bytes) -> bytes:
    number = path.strip(b"/").decode()
    html = f"<h2>平成23年度 施策概要</h2><p>1. 第{number}事業</p><p>予算額：（23）{number}千円</p></html>".encode()
    head = b'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: "1"\r\nContent-Length: %d\r\n\r\n'
    return head % len(html) + html


async def _serve(hosts: int, seconds: float) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(seconds)
            path = head.split(b" ")[1]
            known = _UNCHANGED if b"if-none-match" in head.lower() else _page(path)
            writer.write(_NO_ROBOTS if path == b"/robots.txt" else known)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, _names(1)[0], 0)
    port = server.sockets[0].getsockname()[1]
    async with await asyncio.start_server(handle, _names(hosts)[1:], port):
        print(port, flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0))
