"""What processes that read pages have loaded before their first page: the fork server imports this, and they share its memory.

Belongs here: one page through extraction, at import. Does not belong here: anything that is called. Without it every process
unpacks the language models and the public suffixes for itself, 0.65 CPU s.
"""

from flows.extraction import PageTask, extract_task
from transforms.records import RawPage

_URL = "https://kabar.example/bridge"
# Long enough for its language to be looked at.
_TEXT = "The footbridge over the gorge closes on Monday, and the children walk the long way round to school. " * 9
_PAGE = f"<html><head><title>Bridge closes</title></head><body><article><p>{_TEXT}</p></article></body></html>"

extract_task(PageTask(_URL, RawPage(_URL, _PAGE.encode())))
