"""Which addresses a visit may dial, before and after it has been at a public one."""

import pytest

from pref_scraper.reach import Reach, is_public

ADDRESSES = {
    "8.8.8.8": (True, "a host of the internet"),
    "2606:4700::1111": (True, "the same in IPv6"),
    "10.0.0.5": (False, "private, RFC 1918"),
    "172.16.3.4": (False, "private, RFC 1918"),
    "192.168.1.1": (False, "private, RFC 1918"),
    "127.0.0.1": (False, "this machine"),
    "127.8.8.8": (False, "this machine, too"),
    "::1": (False, "this machine"),
    "0.0.0.0": (False, "this machine, on many systems"),
    "::": (False, "this machine, on many systems"),
    "169.254.169.254": (False, "link-local: where clouds keep their keys"),
    "fe80::1": (False, "link-local"),
    "fe80::1%eth0": (False, "link-local, with the interface"),
    "100.64.0.1": (False, "shared by a provider's customers, RFC 6598"),
    "fc00::1": (False, "private, RFC 4193"),
    "fec0::1": (False, "site-local, as it once was"),
    "224.0.0.1": (False, "multicast"),
    "ff02::1": (False, "multicast"),
    "255.255.255.255": (False, "broadcast"),
    "240.0.0.1": (False, "reserved"),
    "192.0.2.1": (False, "documentation"),
    "2001:db8::1": (False, "documentation"),
    "::ffff:10.0.0.5": (False, "IPv4-mapped: a private address"),
    "::ffff:8.8.8.8": (True, "IPv4-mapped: a public address"),
    "::10.0.0.5": (False, "IPv4-compatible, which nobody uses any more"),
    "2002:0a00:0005::1": (False, "6to4: leads to 10.0.0.5"),
    "2002:0808:0808::1": (True, "6to4: leads to 8.8.8.8"),
    "64:ff9b::a00:5": (False, "NAT64: leads to 10.0.0.5"),
    "64:ff9b::808:808": (True, "NAT64: leads to 8.8.8.8"),
    "64:ff9b:1::a00:5": (False, "NAT64 within a network, RFC 8215"),
}


@pytest.mark.parametrize(("address", "expected"), [(a, public) for a, (public, _) in ADDRESSES.items()])
def test_an_address_is_public_by_where_it_leads(address: str, expected: bool) -> None:
    assert is_public(address) is expected


def test_who_has_been_outside_comes_into_no_private_network() -> None:
    reach = Reach()
    assert reach.admits("10.0.0.5")
    reach.note("10.0.0.5")
    assert reach.admits("192.168.1.1")
    reach.note("8.8.8.8")
    assert not reach.admits("10.0.0.5")
    assert reach.admits("1.1.1.1")
    reach.note("10.0.0.5")
    assert not reach.admits("10.0.0.5")
