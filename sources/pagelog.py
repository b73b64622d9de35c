"""Log lines about one page, feed or list: whose it is and where it lies, in the text and as fields for programs.

Belongs here: that form. Does not belong here: where lines go, and what else they bear (flows/logs.py).
"""

import logging
from typing import Any

from sources.web import without_secrets


class PageLog(logging.LoggerAdapter[logging.Logger]):
    """`log` for one URL of one source. The text begins with `source=... url=... `, the record has both as attributes."""

    def __init__(self, log: logging.Logger, source: str, url: str) -> None:
        super().__init__(log)
        self._source, self._url = source, without_secrets(url)

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """As Logger.log; info, warning and exception come here as well."""
        if self.isEnabledFor(level):
            fields = {"source": self._source, "url": self._url}
            self.logger.log(level, f"source=%s url=%s {msg}", self._source, self._url, *args, extra=fields, **kwargs)
