"""The projection reads a text once for all its regular expressions, and again only if that tells: what it finds is the same
without.
"""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expectations.patterns import PARAMETERS
from expectations.projection import projected

# The evidence of a body, each by its regular expression alone.
PLAIN = """
select
    case when nullif(trim(body, e' \\t\\r\\n'), '') is not null then body_length end as body_length,
    nullif(regexp_extract(body, $body_markup), '') as body_markup,
    nullif(regexp_extract(body, $entity), '') as body_entity,
    case when regexp_matches(body, $repeated_mojibake) then regexp_extract(body, '.{0,30}' || $mojibake || '.{0,30}') end
        as body_mojibake,
    nullif(regexp_extract(body, $lost_character), '') as body_lost_character,
    nullif(regexp_extract(body, $read_also), '') as body_read_also,
    nullif(regexp_extract(body, $login), '') as body_login,
    case
        when length(nullif(trim(title, e' \\t\\r\\n'), '')) >= 20
            and starts_with(lower(body), lower(nullif(trim(title, e' \\t\\r\\n'), '')))
            then nullif(trim(title, e' \\t\\r\\n'), '')
    end as body_title
from extracted
order by row_number
"""
COLUMNS = "body_length, body_markup, body_entity, body_mojibake, body_lost_character, body_read_also, body_login, body_title"
PIECES = (
    *(
        "The council met on Monday",
        "13:30",
        "Baca juga",
        ":",
        "：",
        "\n",
        "\n\n",
        "Read also: a",
        "続きを読む：",
        "LOG IN to read",
    ),
    *(
        "we use\ncookies",
        "この記事は有料",
        "<",
        "<b>",
        "</P >",
        "[caption id=1]",
        "[sic]",
        "{{ user }}",
        "{{",
        "&",
        "&amp;",
        "&#8217;",
    ),
    *("Ã¼", "Ã", "â€™", "ðŸ˜€", "ÐŸÑ€Ð", "\ufffd", " ", "\t", "é", "東京", "ЖУРНАЛ", "ǅ", "ß", "İ", "İstanbul'da"),
)
RowMaker = Callable[..., dict[str, Any]]
Rows = Callable[..., pa.Table]


@settings(max_examples=25, deadline=None)
@given(bodies=st.lists(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), min_size=1, max_size=40))
@example(bodies=["İstanbul'da ödül töreni yapıldı İ", "ǅungla na rubu grada gori ǅ", "", "  ", "\ufffd"])
def test_reading_once_changes_no_evidence(bodies: list[str], row: RowMaker, table: Rows) -> None:
    rows = [row(number, body=body, title=body[:30].swapcase()) for number, body in enumerate(bodies)]
    rows += [row(len(bodies), body=None, body_length=0, title=None)]
    with projected(table(*rows)) as con:
        used = {name: pattern for name, pattern in PARAMETERS.items() if f"${name}" in PLAIN}
        plain = con.execute(PLAIN, used).fetchall()
        assert con.execute(f"select {COLUMNS} from checked order by row_number").fetchall() == plain
