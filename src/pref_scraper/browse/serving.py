"""`serve`: Datasette on one archive.db, for as long as the process is let run.

Datasette opens the database for reading only, and a run may write to it meanwhile. Where the
folder cannot be written to, there is no place for what SQLite needs to follow a writer: then the
pages show the file as it was at the start.
"""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import datasette.app
import datasette.handle_exception  # after the application, whose plugins it is one of
import uvicorn

from ..archive import may_write
from ..errors import UsageError

SETTINGS = {
    "sql_time_limit_ms": 5000,
    "suggest_facets": False,  # tries every column of every page, a twentieth of a second each; ours are given
}
"""Those of Datasette's that differ from its own."""

# Where rich is installed, Datasette prints a screen of its own variables for each address that is not there.
datasette.handle_exception.rich = None

_GRACE = 3
"""Seconds that an answer may take when the process is to end."""


def serve(database: Path, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Answers until a signal comes; `tell` is given the address as soon as it answers. Port 0 is any that is free.

    Raises UsageError where the address cannot be had.
    """
    with listening(host, port) as listener:
        path = str(database.absolute())
        pages = datasette.app.Datasette(
            [path] if may_write(database) else [],
            immutables=[] if may_write(database) else [path],
            settings=SETTINGS,
        )
        try:
            asyncio.run(pages.invoke_startup())
            config = uvicorn.Config(pages.app(), log_level="warning", timeout_graceful_shutdown=_GRACE)
            tell(_address(listener))
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            for one in pages.databases.values():
                one.close()


def listening(host: str, port: int) -> socket.socket:
    """A socket whose connections send at once: else the end of an answer waits 40 ms for word that its head has come.

    Raises UsageError where the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        why = f"{host} port {port} cannot be listened on ({error})"
        raise UsageError(f"{why}: name another with --port, or 0 for any that is free") from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it on sockets of its own alone
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
