"""What a page's text is divided into: the record that body extraction hands on.

Belongs here: that one record, apart so that those who only join or read it need not load the extractor.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BodyParts:
    """An article's text. Paragraphs are plain text without line breaks: subheads, list items and quotes are paragraphs too."""

    lead: str | None = None  # the standfirst that the page sets apart; not repeated in paragraphs
    paragraphs: tuple[str, ...] = ()
    related_urls: tuple[str, ...] = ()  # absolute, in page order, each once
    dateline: str | None = None  # the place as printed ("MINSK"); it stays in its paragraph

    @property
    def text(self) -> str:
        """The row's body: paragraphs joined by one blank line."""
        return "\n\n".join(self.paragraphs)
