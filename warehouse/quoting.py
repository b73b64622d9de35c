"""Names and strings as SQL text.

Belongs here: what makes a value safe inside a statement that takes no parameters. Does not belong here: statements.
Imports nothing: a query from the command line waits for it.
"""


def quoted(name: str) -> str:
    """An identifier, safe to put into SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string, safe to put into SQL."""
    return "'" + text.replace("'", "''") + "'"
