"""The errors that a user can cause, one hierarchy: a message says what happened, to which file, key, source or
URL, and what to do.

Does not belong here: anything a page can cause. Pages do not raise, they end with a Reason.
"""


class NightdeskError(Exception):
    """Base of all errors that the command line prints as one message, without a traceback."""


class ConfigError(NightdeskError):
    """sources.toml or a setting is not what it must be."""


class InputError(NightdeskError):
    """A file, URL or query that was given on the command line cannot be used."""


class BusyError(NightdeskError):
    """Another process is doing this very work."""


class LakeError(NightdeskError):
    """The warehouse on disk is not in a state that can be written or read."""


class EngineError(NightdeskError):
    """The workers that pages are read by, elsewhere, cannot be had or were lost."""


def first_line(error: BaseException, *, or_else: str | None = None) -> str:
    """The first line of an error's text that says something: stores and clusters go on for a page. `or_else`: where none does;
    default: the name of its class.
    """
    otherwise = type(error).__name__ if or_else is None else or_else
    return next((line for line in str(error).strip().splitlines() if line.strip()), otherwise)
