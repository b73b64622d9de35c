"""Single lines: links to other articles, prompts, labels, credits, bylines, datelines; and the phrases that they are told by."""

import tomllib
from importlib import resources

import pytest
from lxml.html import fromstring

from transforms.blocks import Block
from transforms.edges import find_dateline, is_byline_or_date
from transforms.phrasebook import alternation, anywhere, phrases
from transforms.prompts import is_credit, is_label, is_last_prompt, is_prompt, is_tail
from transforms.related import article_urls, is_read_also, is_related_heading

PARAGRAPH = fromstring("<p>x</p>")


def line(text: str, linked: float = 0.0, emphasised: float = 0.0) -> Block:
    return Block(text, PARAGRAPH, round(linked * len(text)), round(emphasised * len(text)), ["/x"] if linked else [])


@pytest.mark.parametrize(
    ("text", "linked", "expected"),
    [
        ("Baca juga: Jembatan dibuka setelah sembilan tahun", 0.8, True),
        ("Lesen Sie auch: Die Brücke ist offen", 0.6, True),
        ("READ MORE | The last ferry leaves", 0.7, True),
        ("Читайте также: Мост открыт", 0.6, True),
        ("▶ À lire aussi : le pont est ouvert", 0.6, True),
        ("The last ferry leaves the harbour", 1.0, True),
        ("The longest bridge in the region was opened on Monday.", 1.0, False),
        ("Read more: The last ferry leaves the harbour", 0.0, False),
        ("Read the report, which the port authority has kept back for years, here", 0.1, False),
        ("See what the mayor said of the bridge, and of the ferry that it replaces: nothing.", 0.3, False),
    ],
)
def test_a_read_also_line_needs_a_link_and_a_lead_in_or_a_headline_that_is_all_link(text, linked, expected):
    assert is_read_also(line(text, linked)) is expected


@pytest.mark.parametrize(
    ("text", "before_links", "expected"),
    [
        ("More on this story:", False, True),
        ("Mehr zum Thema", False, True),
        ("Latest", False, False),
        ("Latest", True, True),
        ("Baca juga:", True, True),
        ("What it cost", True, False),
    ],
)
def test_a_related_heading_is_a_whole_line(text, before_links, expected):
    assert is_related_heading(line(text), before_links=before_links) is expected


def test_article_urls_are_absolute_of_the_same_site_and_each_once():
    hrefs = [
        "/a",
        "https://m.news.example/b",
        "/a",
        "#top",
        "mailto:x@news.example",
        "http://[",
        "https://shop.invalid/c",
        "?page=2",
    ]
    assert article_urls(hrefs, "https://news.example/story") == [
        "https://news.example/a",
        "https://m.news.example/b",
        "https://news.example/story?page=2",
    ]


@pytest.mark.parametrize(
    ("block", "is_apart", "expected"),
    [
        (line("Sign up for our newsletter", linked=0.6), False, True),
        (line("Abonnieren Sie unseren Newsletter", linked=0.2, emphasised=1.0), False, True),
        (line("All that matters, every morning by email. Register now for nothing.", linked=0.1), True, True),
        (line("All that matters, every morning by email. Register now for nothing.", linked=0.1), False, False),
        (line("The town has had a newsletter since 1950."), True, False),
        (line("The bridge is open.", linked=1.0), True, False),
        (line("subscribe " * 60, linked=1.0), True, False),
    ],
)
def test_a_prompt_asks_and_looks_the_part(block, is_apart, expected):
    assert is_prompt(block, is_apart=is_apart) is expected


def test_a_last_prompt_links_or_is_set_off_by_type():
    blocks = (
        line("Follow us for more of this", linked=0.2),
        line("Follow us for more of this", emphasised=1.0),
        line("He had sold the letter that people subscribe to, he wrote."),
        line("Follow the river upwards", linked=1.0),
    )
    assert [is_last_prompt(block, is_apart=False) for block in blocks] == [True, True, False, False]
    assert is_last_prompt(line("Follow us for more of this"), is_apart=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Advertisement", True), ("[ANZEIGE]", True), ("Iklan", True), ("Photo", True), ("An advertisement that nobody saw", False)],
)
def test_a_label_is_a_whole_line(text, expected):
    assert is_label(line(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Photo: A. Example / Agency", True),
        ("© Agency 2026", True),
        ("Foto: B. Muster", True),
        ("A. Example/Getty Images", True),
        ("Photography is what she lives for, and from.", False),
        (
            "The photo: a picture of the bridge, taken by a boy of nine from the roof of his school, has gone round the world.",
            False,
        ),
    ],
)
def test_a_credit_is_a_short_line_by_itself(text, expected):
    assert is_credit(line(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("By Ada Example", True),
        ("Von Bo Muster, Berlin", True),
        ("Penulis: Citra Contoh", True),
        ("17/08/2020, 13:30 WIB", True),
        ("Stand: 2. März 2026", True),
        ("By Monday morning the bridge had been crossed by more people than live in the town.", False),
        ("What it cost", False),
    ],
)
def test_a_byline_or_date_is_a_short_line_and_no_sentence(text, expected):
    assert is_byline_or_date(text) is expected


def test_tail_lines_name_who_helped():
    texts = (
        "Bo Sample contributed to this report.",
        "Übersetzung: B. Muster",
        "(Reporting by B. Sample)",
        "The hymn was written by a monk.",
    )
    assert [is_tail(text) for text in texts] == [True, True, True, False]


@pytest.mark.parametrize(
    ("text", "bold", "expected"),
    [
        ("NORTHPORT (XYA) — The vote was close.", "", "NORTHPORT"),
        ("ST. JOSEPH, Mich. (XYA) — The vote was close.", "", "ST. JOSEPH"),
        ("Kiel (dpo) - Die Brücke ist offen.", "", "Kiel"),
        ("PUTRAJAYA, Nov 22 — The bridge is open.", "", "PUTRAJAYA"),
        ("NEW HARBOUR: For forty years the bridge was open.", "", "NEW HARBOUR"),
        ("Lindau-Ost. Die Brücke ist offen.", "Lindau-Ost.", "Lindau-Ost"),
        ("Lindau-Ost. Die Brücke ist offen.", "", None),
        ("Die Brücke ist offen. Sie hält.", "Die Brücke ist offen.", None),
        ("Die alte Brücke ist offen. Sie hält.", "Die alte Brücke ist offen.", None),
        ("The mayor: the bridge is open.", "", None),
        ("BREAKING: The council has closed the bridge.", "", None),
        ("EXCLUSIVE - The council has closed the bridge.", "", None),
        ("FBI: the bridge was searched.", "", None),
        ("FBI agents searched the house - again.", "", None),
        ("Mayor — who else — opened the bridge.", "", None),
    ],
)
def test_a_dateline_is_a_place_set_off_by_capitals_bold_type_or_its_agency(text, bold, expected):
    assert find_dateline([Block(text, PARAGRAPH, emphasised=len(bold))]) == expected


def test_no_text_has_no_dateline():
    assert find_dateline([]) is None


FILES = sorted(file.name for file in (resources.files("transforms") / "phrases").iterdir() if file.name.endswith(".toml"))


def test_the_phrase_files_are_in_the_package():
    assert {"markup.toml", "paging.toml", "prompts.toml", "related.toml"} <= set(FILES)


@pytest.mark.parametrize("name", ["paging", "prompts", "related"])
def test_phrases_are_lower_case_trimmed_and_once_per_list(name):
    tables = tomllib.loads((resources.files("transforms") / "phrases" / f"{name}.toml").read_text(encoding="utf-8"))
    wrong = [
        (language, key, value)
        for language, table in tables.items()
        for key, values in table.items()
        for value in values
        if value != value.strip().lower() or values.count(value) > 1
    ]
    assert wrong == []


def test_phrases_of_all_languages_are_found_longest_first():
    words = phrases("related", "lead_ins")
    assert {"baca juga", "lesen sie auch", "関連記事"} <= set(words)
    assert [len(word) for word in words] == sorted((len(word) for word in words), reverse=True)


def test_phrases_begin_words_where_words_are_parted():
    found = anywhere("prompts", "prompts")
    texts = ("Sign up now", "They resign upon request", "無料メールマガジンに登録")
    assert [found.search(text) is not None for text in texts] == [True, False, True]


def test_an_alternation_takes_phrases_literally_and_white_space_loosely():
    assert alternation(["a b", "c+"]) == r"a\s+b|c\+"
