"""Bylines become names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.names import introduces_person, is_house, looks_like_person, split_names


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Jane Doe", ["Jane Doe"]),
        ("By Jane Doe", ["Jane Doe"]),
        ("BY JANE DOE and Ali bin Omar", ["JANE DOE", "Ali bin Omar"]),
        ("By Jane Doe, Ali Omar and Bo Ek", ["Jane Doe", "Ali Omar", "Bo Ek"]),
        ("Jane Doe, Ali Omar, and Bo Ek", ["Jane Doe", "Ali Omar", "Bo Ek"]),
        ("Jane Doe, Y Nhi Tran", ["Jane Doe", "Y Nhi Tran"]),
        ("Jane Doe, Chief Reporter", ["Jane Doe"]),
        ("Jane Doe (jd@daily.example)", ["Jane Doe"]),
        ("Jane Doe | @janedoe | https://daily.example/jane", ["Jane Doe"]),
        ("Doe, Jane", ["Jane Doe"]),
        ("Jane Doe, PhD", ["Jane Doe"]),
        ("Budi Santoso, S.H., M.H.", ["Budi Santoso"]),
        ("Budi Santoso, M.Si", ["Budi Santoso"]),
        ("Daily.at", ["Daily.at"]),
        ("Von Jürgen Müller und Eva van der Berg", ["Jürgen Müller", "Eva van der Berg"]),
        ("Jürgen Müller (jm), Korrespondent in Rom", ["Jürgen Müller"]),
        ("Par Zoé Lefèvre et Luc d'Arc", ["Zoé Lefèvre", "Luc d'Arc"]),
        ("Por Lucía Gómez y Iván Ruiz", ["Lucía Gómez", "Iván Ruiz"]),
        ("Oleh: Budi Santoso dan Rina Wijaya", ["Budi Santoso", "Rina Wijaya"]),
        ("Penulis: Budi Santoso", ["Budi Santoso"]),
        ("Автор: Иван Петров", ["Иван Петров"]),
        ("기자 김민준", ["기자 김민준"]),
        ("김민준 기자", ["김민준"]),
        ("山田太郎、佐藤花子", ["山田太郎", "佐藤花子"]),
        ("記者王小明", ["王小明"]),
        ("Jane Doe/Ali Omar", ["Jane Doe", "Ali Omar"]),
        ("Byron Byrd", ["Byron Byrd"]),
        ("Jane Doe, dpa", ["Jane Doe", "dpa"]),
        ("Editor", []),
        ("17 April 2024", []),
        ("", []),
    ],
)
def test_split_names(byline: str, names: list[str]) -> None:
    assert split_names(byline) == names


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Jane Doe", False),
        ("Tim Hanlon", False),
        ("dpa", True),
        ("Tim Redaksi", True),
        ("Daily Staff", True),
        ("daily.com", True),
        ("The Daily Bridge", True),
        ("朝日編集部", True),
    ],
)
def test_houses_are_told_from_people(name: str, is_one: bool) -> None:
    assert is_house(name, frozenset(("dailybridge",))) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Jane Doe", True),
        ("Ali bin Omar", True),
        ("Ludwig van der Berg", True),
        ("Jane", False),
        ("read more", False),
        ("The bridge is closed", False),
        ("김민준", True),
        ("山田太郎", True),
    ],
)
def test_unmarked_text_is_a_name_only_if_it_looks_like_one(text: str, is_one: bool) -> None:
    assert looks_like_person(text) is is_one


@given(st.text(max_size=80))
def test_any_byline_is_split_without_error_and_split_again_stays(byline: str) -> None:
    assert all(name == name.strip() and len(name) > 1 for name in split_names(byline))


@pytest.mark.timeout(5)
@pytest.mark.parametrize("filling", ["x", "Jane Doe, ", "(", "@", "By "])
def test_an_attribute_that_is_never_closed_holds_no_names_and_takes_no_time(filling: str) -> None:
    assert split_names(filling * 100_000) == []


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("Jane Doe is a freelance journalist based in the harbour.", True),
        ("Max de Vries ist Redakteur im Ressort Politik.", True),
        ("Anna Rossi è giornalista a Torino.", True),
        ("Jane Doe is at home in the harbour.", False),
        ("The bridge is a work of the chief engineer's deputy director.", False),
        ("Asked by our reporter, Jane Doe is silent.", False),
    ],
)
def test_biographies_begin_by_saying_who_somebody_is(text: str, does: bool) -> None:
    assert introduces_person(text) is does
