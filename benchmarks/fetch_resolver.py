"""Names under .localhost for Scrapy, which asks the system's resolver, and that knows them on some systems only (RFC 6761)."""

from scrapy.resolver import CachingThreadedResolver
from twisted.internet import defer


class LoopbackResolver(CachingThreadedResolver):
    """Scrapy's own resolver but for names under .localhost."""

    def getHostByName(self, name, timeout=()):  # noqa: N802  # Twisted's name
        return defer.succeed("127.0.0.1") if name.endswith(".localhost") else super().getHostByName(name, timeout)
