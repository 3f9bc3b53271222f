"""Which addresses a visit may dial; pure.

A source may lie in a private network: whoever archives an intranet names it so. But a
public host must not lead a visit there, by a redirect or by what its name resolves to,
for the archive would then hold what only this network may see. So the addresses are
looked at, not the names, and each before it is dialled.
"""

import ipaddress
from functools import lru_cache

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052, 2.1: the last 32 bits are the IPv4 address that is reached."""

_UNICAST = ipaddress.ip_network("2000::/3")
"""RFC 4291, 2.4: of IPv6, all addresses that were ever given to hosts of the internet."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Reach:
    """Where one visit may go: anywhere at first, to public addresses only once it has dialled one."""

    def __init__(self) -> None:
        self._has_been_outside = False

    def admits(self, address: str) -> bool:
        """Whether the visit may dial this address."""
        return not self._has_been_outside or is_public(address)

    def note(self, address: str) -> None:
        """The visit is about to dial this address."""
        self._has_been_outside = self._has_been_outside or is_public(address)


@lru_cache(maxsize=256)
def is_public(address: str) -> bool:
    """Whether an address, as `203.0.113.7` or `fe80::1%eth0`, is one of the internet's hosts.

    Not those of private, shared, link-local, loopback, documentation, multicast and
    reserved blocks (RFC 6890); raises ValueError for what is no address.
    """
    found = _led_to(ipaddress.ip_address(address.partition("%")[0]))
    return found.is_global and not found.is_multicast and (found.version == 4 or found in _UNICAST)


def _led_to(address: _Address) -> _Address:
    """The IPv4 address that an IPv6 address stands for: mapped (RFC 4291), 6to4 (RFC 3056), NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
