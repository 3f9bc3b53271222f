"""Other people's tools, run for real: warcio, cdxj-indexer, wacz, pywb, zizmor, moto's S3, and the readers of exports.

They live in `.venv-tools`, an environment of their own that the Makefile makes.

    with Pywb(directory.path) as pywb:
        pywb.get("mie-npo/cdx", url=page)                    # a CDX server
        pywb.get(f"mie-npo/timemap/link/{page}")             # a Memento server
        pywb.replay("mie-npo", at, page)                     # the capture nearest to a time
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".venv-tools" / "bin"
HERE = Path(sys.executable).parent


def tool(name: str) -> Path:
    """A tool's command: `fastwarc` from our own environment, any other from the tools'."""
    found = (HERE if name == "fastwarc" else TOOLS) / name
    assert found.exists(), f"{found} is missing: `make {TOOLS.parent.name}/.ready` installs it"
    return found


def run_tool(name: str, *words: str | Path, code: int = 0) -> str:
    """What a tool prints, on stdout then on stderr; it must end with this code."""
    done = subprocess.run([tool(name), *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


# The server that `wayback` starts, with its port chosen by the kernel and told when it listens.
_PYWB = """
from gevent.monkey import patch_all; patch_all()
import os, sys
from pywb.apps.frontendapp import FrontEndApp
from pywb.utils.geventserver import GeventServer, RequestURIWSGIHandler
server = GeventServer(FrontEndApp(), hostname="127.0.0.1", handler_class=RequestURIWSGIHandler)
print("port", server.port, flush=True)
sys.stdout = open(os.devnull, "w")
server.join()
"""


class Pywb:
    """pywb on an archive's directory, as docs/archiving.md says to start it, until it is closed.

    What comes into snapshots/ later is served, too. It takes two seconds to start.
    """

    def __init__(self, archive: Path) -> None:
        document = (ROOT / "docs" / "archiving.md").read_text("utf-8")
        (recipe,) = re.findall(r"```yaml\n(.*?)```", document, re.DOTALL)
        (archive / "config.yaml").write_text(recipe, "utf-8")
        self._archive = archive

    def __enter__(self) -> Self:
        nowhere = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
        self._process = subprocess.Popen(
            [tool("python"), "-c", _PYWB],
            cwd=self._archive,
            env={"PATH": "", "HOME": str(self._archive), **nowhere, "no_proxy": "localhost,127.0.0.1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        port = next((line.split()[1] for line in self._process.stdout if line.startswith("port ")), None)
        assert port, "pywb did not start"
        self.url = f"http://127.0.0.1:{port}"
        once = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(base_url=self.url, trust_env=False, limits=once)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        with self._process:
            self._process.kill()

    def get(self, path: str, headers: dict[str, str] | None = None, **query: str) -> httpx.Response:
        """What pywb answers at a path."""
        return self._client.get(f"/{path}", params=query or None, headers=headers)

    def replay(self, source_id: str, at: datetime, url: str) -> "Replayed":
        """The capture nearest to a time, as it was received."""
        with self._client.stream("GET", f"/{source_id}/{at:%Y%m%d%H%M%S}id_/{url}") as response:
            taken = response.headers.get("Memento-Datetime")
            return Replayed(
                status=response.status_code,
                at=parsedate_to_datetime(taken) if taken else None,
                body=b"".join(response.iter_raw()),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What pywb shows for a time: `at` is when that was captured, `body` has its content coding."""

    status: int
    at: datetime | None
    body: bytes


_MOTO = """
from werkzeug.serving import make_server
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
print("port", server.server_port, flush=True)
server.serve_forever()
"""


class Store:
    """A server that speaks S3 as moto does, with one empty bucket, until it is closed; it holds all in memory.

    `env` is what a program's environment has to say so that it finds it.
    """

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [tool("python"), "-c", _MOTO], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().split()[1]
        self.env = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "reader",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        httpx.put(f"{self.env['AWS_ENDPOINT_URL']}/bucket", headers={"Authorization": _SIGNED}, trust_env=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            self._process.kill()


_SIGNED = "AWS4-HMAC-SHA256 Credential=reader/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none"
