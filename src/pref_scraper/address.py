"""Addresses: what they name, and where a redirect leads; pure.

In goes an address as a page or a header has it; it is refused where it is none of http or https.
"""

from dataclasses import dataclass
from functools import lru_cache

import httpcore
import httpx


class Refused(Exception):
    """Nothing was dialled; the text says why."""


def follow(url: str, location: str) -> str:
    """The address that a redirect leads to, in ASCII; raises Refused for other schemes than http and https."""
    try:
        target = httpx.URL(url).join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused(f"{url} redirects to {location!r}, which is no address: {error}") from error
    if target.scheme not in ("http", "https"):
        raise Refused(f"{url} redirects to {target}, which is neither http nor https")
    return str(target)


def plain(url: str) -> str:
    """An address in ASCII and without a fragment, as a browser's address line may not have it; raises Refused."""
    try:
        return str(httpx.URL(url.strip()).copy_with(fragment=None))
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused(f"{url} is no address: {error}") from error


def host_of(url: str) -> str:
    """The name of the host that an address leads to: what is left alone between two requests."""
    return locate(url).url.host.decode("ascii").rstrip(".")


def origin_of(url: str) -> str:
    """Scheme, host and port, as `http://example.org:8080`: what a robots.txt speaks for."""
    place = locate(url)
    return f"{place.url.scheme.decode()}://{place.host.decode()}"


@dataclass(frozen=True, slots=True)
class Place:
    """An address as httpcore takes it, and what the Host header says."""

    url: httpcore.URL
    host: bytes


@lru_cache(maxsize=256)
def locate(url: str) -> Place:
    """Where an address leads; raises Refused where it is none of http or https."""
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Refused(f"{url} is no address that can be visited: {error}") from error
    if found.scheme not in ("http", "https") or not found.host:
        raise Refused(f"{url} is no address that can be visited: it must begin with http:// or https://")
    whole = httpcore.URL(scheme=found.raw_scheme, host=found.raw_host, port=found.port, target=found.raw_path)
    return Place(whole, found.netloc)
