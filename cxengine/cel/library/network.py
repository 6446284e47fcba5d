"""The network extension: IP addresses and ranges of them."""

from __future__ import annotations

import ipaddress
from typing import Any, ClassVar

import attrs

from ..errors import CelError, fault
from ..functions import Function, Overload
from ..types import BOOL, INT, STRING, AbstractType, Type

__all__ = ["FUNCTIONS", "Address", "Range"]

IP, CIDR = AbstractType("net.IP"), AbstractType("net.CIDR")


@attrs.frozen
class Address:
    """An IP address, version 4 or 6."""

    cel_type: ClassVar[str] = "net.IP"

    address: ipaddress.IPv4Address | ipaddress.IPv6Address

    def __str__(self) -> str:
        return str(self.address)


@attrs.frozen
class Range:
    """An address with a prefix length, such as `10.0.0.1/8`."""

    cel_type: ClassVar[str] = "net.CIDR"

    interface: ipaddress.IPv4Interface | ipaddress.IPv6Interface

    def __str__(self) -> str:
        return str(self.interface)


def _parse_error(kind: str, text: str, reason: str = "") -> CelError:
    shown = text if len(text) <= 60 else text[:59] + "…"
    detail = f": {reason}" if reason else ""
    return fault("invalid_argument", f"{kind} '{shown}' parse error during conversion from string{detail}")


def _refuse_special(kind: str, text: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise _parse_error(kind, text, "IP address with zone value is not allowed")
        if address.ipv4_mapped is not None and "." in text:
            raise _parse_error(kind, text, "IPv4-mapped IPv6 address is not allowed")


def _address(text: str) -> Address:
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise _parse_error("IP Address", text) from error
    _refuse_special("IP Address", text, address)
    return Address(address)


def _range(text: str) -> Range:
    _, slash, length = text.partition("/")
    if not slash or not (length.isascii() and length.isdigit()) or (length[0] == "0" and length != "0"):
        raise _parse_error("network address", text)
    try:
        interface = ipaddress.ip_interface(text)
    except ValueError as error:
        raise _parse_error("network address", text) from error
    _refuse_special("network address", text, interface.ip)
    return Range(interface)


def _is_address(text: str) -> bool:
    try:
        _address(text)
    except CelError:
        return False
    return True


def _is_range(text: str) -> bool:
    try:
        _range(text)
    except CelError:
        return False
    return True


def _global_unicast(value: Address) -> bool:
    address = value.address
    limited = address == ipaddress.IPv4Address("255.255.255.255")
    return not (
        limited
        or address.is_unspecified
        or address.is_loopback
        or address.is_multicast
        or address.is_link_local
    )


def _link_local_multicast(value: Address) -> bool:
    address = value.address
    if isinstance(address, ipaddress.IPv4Address):
        return address in ipaddress.IPv4Network("224.0.0.0/24")
    return address.is_multicast and int(address) >> 112 & 0xF == 2


def _contains_address(value: Range, other: Address | str) -> bool:
    address = (_address(other) if isinstance(other, str) else other).address
    return address.version == value.interface.version and address in value.interface.network


def _contains_range(value: Range, other: Range | str) -> bool:
    inner = (_range(other) if isinstance(other, str) else other).interface
    outer = value.interface
    return (
        inner.version == outer.version
        and inner.network.prefixlen >= outer.network.prefixlen
        and inner.ip in outer.network
    )


def _masked(value: Range) -> Range:
    return Range(ipaddress.ip_interface(str(value.interface.network)))


def _function(
    name: str, *overloads: tuple[str, tuple[Type, ...], Type, Any], receiver: bool = True
) -> Function:
    made = (
        Overload(id_, parameters, result, receiver, python) for id_, parameters, result, python in overloads
    )
    return Function(name, tuple(made))


FUNCTIONS = (
    _function("isIP", ("is_ip_string", (STRING,), BOOL, _is_address), receiver=False),
    _function("isCIDR", ("is_cidr_string", (STRING,), BOOL, _is_range), receiver=False),
    _function("ip", ("ip_string", (STRING,), IP, _address), receiver=False),
    _function("cidr", ("cidr_string", (STRING,), CIDR, _range), receiver=False),
    _function(
        "ip.isCanonical",
        ("ip_is_canonical_string", (STRING,), BOOL, lambda text: str(_address(text)) == text),
        receiver=False,
    ),
    _function(
        "string",
        ("ip_to_string", (IP,), STRING, str),
        ("cidr_to_string", (CIDR,), STRING, str),
        receiver=False,
    ),
    _function("family", ("ip_family", (IP,), INT, lambda value: value.address.version)),
    _function(
        "isUnspecified", ("ip_is_unspecified", (IP,), BOOL, lambda value: value.address.is_unspecified)
    ),
    _function("isLoopback", ("ip_is_loopback", (IP,), BOOL, lambda value: value.address.is_loopback)),
    _function("isGlobalUnicast", ("ip_is_global_unicast", (IP,), BOOL, _global_unicast)),
    _function("isLinkLocalMulticast", ("ip_is_link_local_multicast", (IP,), BOOL, _link_local_multicast)),
    _function(
        "isLinkLocalUnicast", ("ip_is_link_local", (IP,), BOOL, lambda value: value.address.is_link_local)
    ),
    _function(
        "containsIP",
        ("cidr_contains_ip_ip", (CIDR, IP), BOOL, _contains_address),
        ("cidr_contains_ip_string", (CIDR, STRING), BOOL, _contains_address),
    ),
    _function(
        "containsCIDR",
        ("cidr_contains_cidr_cidr", (CIDR, CIDR), BOOL, _contains_range),
        ("cidr_contains_cidr_string", (CIDR, STRING), BOOL, _contains_range),
    ),
    _function("ip", ("cidr_ip", (CIDR,), IP, lambda value: Address(value.interface.ip))),
    _function("masked", ("cidr_masked", (CIDR,), CIDR, _masked)),
    _function(
        "prefixLength", ("cidr_prefix_length", (CIDR,), INT, lambda value: value.interface.network.prefixlen)
    ),
)
