"""The SQL of a site, by name. Does not belong here: running it."""

from importlib import resources


def statement(name: str) -> str:
    """The query in sql/<name>.sql."""
    return (resources.files("expectations") / "browser" / "sql" / f"{name}.sql").read_text(encoding="utf-8")
