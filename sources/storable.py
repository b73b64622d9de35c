"""Text from outside as a table can hold it.

Belongs here: what UTF-8 cannot encode. Does not belong here: markup, URLs, spaces.
"""

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with U+FFFD for each lone half of a surrogate pair: JSON's "\\ud83d" is one, and no UTF-8 file takes it."""
    return _SURROGATE.sub("\ufffd", text)
