"""Articles as extraction hands them over, made from a seed by the thousand: invented words, invented outlets, no real text.

Belongs here: how generated rows are distributed. Does not belong here: loading and measuring them. Word frequencies follow
Zipf's law with the exponent of running text, so that columns pack about as well as news does (zstd level 3: 2.3 times) and a
search finds rare and common words. Bodies have 3 kB in the mean, log-normal as news is.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schema import EXTRACTED

_WORDS, _DRAWN = 60_000, 1 << 20  # the vocabulary, and a long sample of it by frequency that rows are cut from
_PARAGRAPH_WORDS = 45
_MEAN_WORDS, _SIGMA = 455, 0.45
_LANGUAGES = ("id", "en", "de")
_SYLLABLES = tuple(a + b for a in ("b", "d", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "w", "j", "") for b in "aeiou")
_ENDS = ("", "", "n", "r", "s", "ng", "t", "k")

# `numbers`: n (the article's number in the whole set), second (of the day), source_no, author, tag, section, and the texts.
_ROWS = """
select
    md5('article ' || n) as article_id,
    format('https://{}.example/{}/{}-{}', source, strftime(published_at, '%Y/%m/%d'), replace(lower(slug), ' ', '-'), n) as url,
    url as canonical_url,
    source || '.example' as site,
    title,
    if(n % 3 = 0, null, left(body, 160)) as lead,
    body,
    if(n % 9 = 0, [], [format('Author {} of {}', author, source)]) as authors,
    list_transform(range(n % 6), lambda i: format('tag-{}', (tag * (i + 1)) % 3000)) as tags,
    published_at,
    if(n % 5 = 0, published_at + interval 2 hour, null) as modified_at,
    420::smallint as published_utc_offset,
    if(n % 20 = 0, 'day', 'minute') as published_precision,
    'json-ld' as published_from,
    format('section-{}', section) as section,
    null::varchar as dateline,
    ['id', 'en', 'de'][source_no % 3 + 1] as language,
    upper(source) as site_name,
    format('https://{}.example/images/{}.jpg', source, md5('image ' || n)) as image_url,
    [format('https://{}.example/related/{}', source, n // 2)] as related_urls,
    if(n % 4 = 0, null, n % 7 <> 0) as is_free,
    1::smallint as page_count,
    0::smallint as pages_missing,
    word_count,
    length(body)::integer as body_length,
    md5('content ' || n || ' ' || $edition) as content_hash,
    list_transform(range(21), lambda i: (hash(n, i) >> 1)::bigint) as minhash,
    source,
    $fetched_at as fetched_at,
    $fetched_at + interval 1 hour as extracted_at,
    'benchmark' as extractor,
    $run_id as run_id,
    $run_id || '/1.warc.gz' as warc_file,
    n * 20000 as warc_offset
from (select *, format('outlet-{:02d}', source_no) as source, $day + to_seconds(second) as published_at from numbers)
order by n
"""


@dataclass(frozen=True)
class Corpus:
    """Articles by number: `rows` of the same seed and arguments are the same, bytes and all."""

    seed: int = 20260302
    sources: int = 30

    @cached_property
    def vocabulary(self) -> pa.Array:
        """The most common word first; common words are short."""
        rng = np.random.default_rng(self.seed)
        words: dict[str, None] = {}
        while len(words) < _WORDS:
            syllables = 1 + min(3, int(np.log1p(len(words) / 40)))
            word = "".join(_SYLLABLES[i] for i in rng.integers(len(_SYLLABLES), size=syllables)) + _ENDS[rng.integers(len(_ENDS))]
            words.setdefault(word)
        return pa.array(list(words))

    @cached_property
    def _drawn(self) -> np.ndarray:
        rng = np.random.default_rng(self.seed + 1)
        weights = 1.0 / (np.arange(_WORDS) + 2.7) ** 1.05
        return rng.choice(_WORDS, size=_DRAWN, p=weights / weights.sum()).astype(np.int32)

    def rows(self, first: int, count: int, *, day: date, run_id: str, edition: int = 1) -> pa.Table:
        """Articles number `first` to `first + count`, published on `day`, fetched in the night after it, as EXTRACTED.

        Another `edition` of the same numbers has the same articles with other texts: corrections.
        """
        rng = np.random.default_rng((self.seed, first, edition))
        lengths = np.clip(rng.lognormal(np.log(_MEAN_WORDS) - _SIGMA**2 / 2, _SIGMA, count), 30, 4_000).astype(np.int32)
        numbers = pa.table(
            {
                "n": np.arange(first, first + count),
                "second": rng.integers(86_400, size=count),
                "source_no": rng.integers(self.sources, size=count),
                "author": rng.integers(40, size=count),
                "tag": rng.integers(3_000, size=count),
                "section": rng.integers(12, size=count),
                "word_count": lengths,
                "title": self._texts(rng, np.full(count, 9, np.int32)),
                "slug": self._texts(rng, np.full(count, 6, np.int32)),
                "body": self._bodies(rng, lengths),
            }
        )
        midnight = datetime.combine(day, time(), UTC)
        parameters = {"day": midnight, "fetched_at": midnight + timedelta(days=1, hours=1), "run_id": run_id, "edition": edition}
        with duckdb.connect(config={"threads": 2}) as con:
            con.execute("set TimeZone = 'UTC'")
            con.register("numbers", numbers)
            made: pa.Table = con.sql(_ROWS, params=parameters).to_arrow_table()
        return made.select(EXTRACTED.names).cast(EXTRACTED)

    def _texts(self, rng: np.random.Generator, lengths: np.ndarray) -> pa.Array:
        """One line of words per length, the first letter a capital."""
        words = self.vocabulary.take(self._drawn[rng.integers(_DRAWN, size=int(lengths.sum()))])
        return pc.utf8_capitalize(pc.binary_join(pa.ListArray.from_arrays(_offsets(lengths), words), " "))

    def _bodies(self, rng: np.random.Generator, lengths: np.ndarray) -> pa.Array:
        """Paragraphs of full length and a shorter last one, joined by a blank line."""
        full, rest = np.divmod(lengths, _PARAGRAPH_WORDS)
        paragraphs = full + (rest > 0)
        ends = np.cumsum(paragraphs)
        sizes = np.full(int(ends[-1]), _PARAGRAPH_WORDS, np.int32)
        sizes[ends[rest > 0] - 1] = rest[rest > 0]
        lines = pc.binary_join_element_wise(self._texts(rng, sizes), "", ".")
        return pc.binary_join(pa.ListArray.from_arrays(_offsets(paragraphs), lines), "\n\n")


def _offsets(lengths: np.ndarray) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
