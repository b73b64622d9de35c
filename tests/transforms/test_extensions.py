"""Finding what other packages add: real packages in a folder, each with its metadata as an installer writes it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from transforms.extensions import NOTIFIERS, SOURCES, Extension, ExtensionError, extension, installed

Install = Callable[..., Path]


def test_extensions_are_listed_by_name_with_their_package(install: Install) -> None:
    install("acme-desk", "def send(notice): ...", {NOTIFIERS: {"pager": "acme_desk:send", "mast": "acme_desk:send"}})
    assert installed(NOTIFIERS) == (
        Extension(NOTIFIERS, "mast", "acme_desk:send", "acme-desk 1.2"),
        Extension(NOTIFIERS, "pager", "acme_desk:send", "acme-desk 1.2"),
    )
    assert installed(SOURCES) == ()


PAGER = "extension 'pager' of acme-desk 1.2 (nightdesk.notifiers: acme_desk:send)"
CURE = "Mend that package, or do without it: pip uninstall acme-desk"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import no_such_library", "cannot be imported: ModuleNotFoundError: No module named 'no_such_library'"),
        ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        ("other = 1", "cannot be imported: AttributeError: module 'acme_desk' has no attribute 'send'"),
        ("send = 'mail'", "must be a plain function of (notice), is 'mail'"),
        ("class send: ...", "must be a plain function of (notice), is <class 'acme_desk.send'>"),
        ("async def send(notice): ...", "must be a plain function of (notice), is an async one"),
        ("def send(): ...", "must be a plain function of (notice): too many positional arguments"),
    ],
)
def test_what_is_not_as_it_must_be_is_told_with_package_entry_point_and_cure(install: Install, code: str, problem: str) -> None:
    install("acme-desk", code, {NOTIFIERS: {"pager": "acme_desk:send"}})
    with pytest.raises(ExtensionError) as raised:
        extension(NOTIFIERS, "pager").load_function("notice")
    assert str(raised.value) == f"{PAGER}: {problem}. {CURE}"


def test_two_packages_with_one_name_are_refused(install: Install) -> None:
    for package in ("acme-desk", "other-desk"):
        install(package, "def send(notice): ...", {NOTIFIERS: {"pager": f"{package.replace('-', '_')}:send"}})
    with pytest.raises(ExtensionError) as raised:
        installed(NOTIFIERS)
    assert str(raised.value) == (
        f"{PAGER} and extension 'pager' of other-desk 1.2 (nightdesk.notifiers: other_desk:send) have the same name. "
        "Uninstall one of these packages, or have one renamed"
    )


def test_a_name_that_is_not_installed_is_told_with_those_that_are(install: Install) -> None:
    with pytest.raises(ExtensionError) as raised:
        extension(NOTIFIERS, "pagr")
    assert str(raised.value) == (
        "no extension 'pagr' of nightdesk.notifiers is installed. None is; install the package that brings it beside nightdesk"
    )
    install("acme-desk", "", {NOTIFIERS: {"pager": "acme_desk:send"}})
    with pytest.raises(ExtensionError) as raised:
        extension(NOTIFIERS, "pagr")
    assert str(raised.value) == (
        "no extension 'pagr' of nightdesk.notifiers is installed. Did you mean 'pager'? Installed are pager; "
        "install the package that brings it beside nightdesk"
    )
