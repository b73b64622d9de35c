"""Which addresses may be connected to: the guard against being led into a private network.

Belongs here: judging addresses and host names, and the resolver that judges what it resolves, so that the address that
was checked is the one that is connected to. Does not belong here: requests, redirects, settings.
"""

import asyncio
import fnmatch
import ipaddress
import re
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Where clouds hand out credentials. Some lie in public ranges: 168.63.129.16 is Azure's host. No news page is at any of them, so
# no setting opens them.
_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",  # AWS, containers
        "169.254.170.23",  # AWS, pods
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",  # Google
        "168.63.129.16",  # Azure
        "100.100.100.200",  # Alibaba
        "192.0.0.192",  # Oracle
    )
)

# Not for the public internet, and not (in every Python that we support) known as such to the ipaddress module.
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # "this network": Linux connects 0.0.0.0 to itself
        "100.64.0.0/10",  # carrier NAT; Alibaba's metadata is in it
        "192.0.0.0/24",
        "192.88.99.0/24",  # the former 6to4 relays
        "198.18.0.0/15",
        "240.0.0.0/4",
        "::/96",  # IPv4-compatible, long deprecated
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765): inside a translator only
        "64:ff9b:1::/48",  # local-use NAT64
        "100::/64",
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",  # site-local, deprecated
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# The interface identifiers of ISATAP (RFC 5214), without the bit that says whether the IPv4 address behind them is unique.
_ISATAP = 0x00005EFE

# getaddrinfo blocks a thread for as long as a name server is silent; enough of them that silent ones do not hold up the
# others.
_DNS_THREADS = 32


class PrivateAddressError(OSError):
    """A host's address is not one that pages may be fetched from."""


def is_private(address: str) -> bool:
    """Whether an IP address in its canonical form is private, loopback, link-local, metadata, multicast or reserved.

    Addresses that carry an IPv4 address inside (mapped, 6to4, Teredo, NAT64, ISATAP) are judged by that one. Raises
    ValueError for anything that is not an address.
    """
    return any(_is_special(found) for found in _all_of(address))


def is_metadata(address: str) -> bool:
    """Whether an IP address in its canonical form, or the one that it carries, is one at which a cloud hands out its
    credentials. Raises ValueError for anything that is not an address.
    """
    return any(found in _METADATA for found in _all_of(address))


def address_problem(address: str, *, allow_private: bool) -> str | None:
    """Why nothing may be connected to at an IP address in its canonical form, or None."""
    if is_metadata(address):
        return "a cloud's metadata address"
    return "not a public address" if not allow_private and is_private(address) else None


def _all_of(address: str) -> list[_Address]:
    """The address, and the IPv4 address inside where it carries one."""
    found = ipaddress.ip_address(address.strip("[]").split("%")[0])
    inner = _embedded(found)
    return [found] if inner is None else [found, inner]


def _embedded(address: _Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    is_isatap = (int(address) >> 32) & 0xFDFFFFFF == _ISATAP
    return last if address in _NAT64 or is_isatap else address.ipv4_mapped or address.sixtofour


def _is_special(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return False  # the mapped range as such is reserved; the address inside decides
    special = any(address in network for network in _SPECIAL if network.version == address.version)
    return special or address in _METADATA or address.is_multicast or not address.is_global


def literal_address(host: str) -> str | None:
    """The address that a URL's host spells, in canonical form, or None if it is a name.

    Takes every spelling that a C library takes for IPv4: `127.1`, `2130706433`, `0x7f.0.0.1`, `017700000001`.
    """
    plain = host.strip("[]").split("%")[0].rstrip(".")
    try:
        return str(ipaddress.ip_address(plain))
    except ValueError:
        pass
    if not re.fullmatch(r"(0[xX][0-9a-fA-F]*|\d+)(\.(0[xX][0-9a-fA-F]*|\d+)){0,3}", plain, re.ASCII):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(plain))
    except OSError:
        return None


def is_local_host(host: str) -> bool:
    """Whether a URL's host is this machine or a private address by its mere spelling: nothing is resolved."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = literal_address(name)
    return address is not None and is_private(address)


class GuardedResolver(AbstractResolver):
    """Resolves names for one connector, and refuses those with a private address unless `allow_private`, those with a
    metadata address always.

    `connect_to` maps host patterns ("*.localhost") to the address and port to connect to instead: the operator's own
    word, so it is not judged. Names under .localhost are loopback without asking anybody (RFC 6761). A name with one
    private address among public ones is refused as a whole: no honest site has that.
    """

    def __init__(self, *, allow_private: bool, connect_to: Mapping[str, tuple[str, int]]) -> None:
        self._allow_private = allow_private
        self._connect_to = {pattern.lower(): target for pattern, target in connect_to.items()}
        self._threads = ThreadPoolExecutor(_DNS_THREADS, thread_name_prefix="dns")

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """The addresses of a host; OSError (PrivateAddressError among them) if there is none to connect to."""
        name = host.lower().rstrip(".")
        for pattern, (address, target_port) in self._connect_to.items():
            if fnmatch.fnmatchcase(name, pattern):
                return [_result(host, address, target_port)]
        if name == "localhost" or name.endswith(".localhost"):
            addresses = ["127.0.0.1"]
        else:
            addresses = await self._look_up(host, port, family)
        for address in addresses:
            if problem := address_problem(address, allow_private=self._allow_private):
                raise PrivateAddressError(f"{host} is at {address}, which is {problem}")
        return [_result(host, address, port) for address in addresses]

    async def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        )
        return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
