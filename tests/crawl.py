"""Other people's WARC files, made here: what a crawler of another archive may have left."""

import base64
import gzip
import hashlib
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pref_scraper.records import format_time

SAME_BYTES = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


def block(body: bytes, *, status: str = "200 OK", head: Mapping[str, str] | None = None) -> bytes:
    """An answer as it crosses the wire."""
    fields = {"Content-Type": "text/html", "Content-Length": str(len(body)), **(head or {})}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def sha1(payload: bytes) -> str:
    """A digest as most crawlers write it."""
    return f"sha1:{base64.b32encode(hashlib.sha1(payload).digest()).decode()}"


class Crawl:
    """A WARC 1.0 file that grows record by record, each in a gzip member of its own where it is packed."""

    def __init__(self, *, packed: bool = True) -> None:
        self.data = b""
        self._packed = packed
        self.add("warcinfo", None, datetime(2012, 1, 1, tzinfo=UTC), b"software: another crawler\r\n")

    def add(self, kind: str, url: str | None, at: datetime, content: bytes, **fields: str) -> str:
        """A record with this block; fields as `WARC_Refers_To="<urn:uuid:…>"`. Returns its id."""
        record_id = f"<{uuid4().urn}>"
        head = {
            "WARC-Type": kind,
            "WARC-Record-ID": record_id,
            **({"WARC-Target-URI": url} if url else {}),
            "WARC-Date": format_time(at),
            "Content-Type": "application/http; msgtype=request" if kind == "request" else "application/http",
            **{name.replace("_", "-"): value for name, value in fields.items()},
            "Content-Length": str(len(content)),
        }
        lines = ["WARC/1.0", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        record = "\r\n".join(lines).encode() + content + b"\r\n\r\n"
        self.data += gzip.compress(record, mtime=0) if self._packed else record
        return record_id

    def response(self, url: str, at: datetime, body: bytes, *, status: str = "200 OK", **head: str) -> str:
        """A response record; what stands in `head` is added to its HTTP head."""
        named = {name.replace("_", "-"): value for name, value in head.items()}
        return self.add("response", url, at, block(body, status=status, head=named), WARC_Payload_Digest=sha1(body))

    def redirect(self, url: str, at: datetime, location: str) -> str:
        """A response record that sends its reader elsewhere."""
        return self.response(url, at, b"", status="301 Moved Permanently", Location=location)

    def save(self, path: Path) -> Path:
        """Written to a path; as a WACZ file where the name says so."""
        if path.suffix == ".wacz":
            with zipfile.ZipFile(path, "w") as wacz:
                wacz.writestr("archive/data.warc.gz", self.data)
                wacz.writestr("datapackage.json", "{}")
        else:
            path.write_bytes(self.data)
        return path


def later(at: datetime, **by: float) -> datetime:
    """Some time after another."""
    return at + timedelta(**by)
