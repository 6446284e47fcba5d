"""One HTTP client for all vendors: patient with servers, careful with secrets, strict with POST.

    with self.network.client("https://api.example.com/v3/", credentials=Bearer(self.options.token)) as client:
        for page in paging.by_token(client, "surveys", token=lambda page: page["nextToken"]):
            ...

It needs the packages httpx and stamina: a distribution that uses it depends on `cxengine[http]`. They are
imported when a client is made, so importing this module costs nothing.
"""

from cxengine.plugin.http import paging
from cxengine.plugin.http.client import Client
from cxengine.plugin.http.clock import Clock
from cxengine.plugin.http.creation import Refusal
from cxengine.plugin.http.credentials import Basic, Bearer, Credentials, Header
from cxengine.plugin.http.error import RemoteError
from cxengine.plugin.http.exchange import Exchange
from cxengine.plugin.http.network import Network
from cxengine.plugin.http.options import HttpOptions
from cxengine.plugin.http.response import Response

__all__ = [
    "Basic",
    "Bearer",
    "Client",
    "Clock",
    "Credentials",
    "Exchange",
    "Header",
    "HttpOptions",
    "Network",
    "Refusal",
    "RemoteError",
    "Response",
    "paging",
]
