"""What `nightdesk doctor` looks at of installed extensions: each is named, and loaded as a night would.

Belongs here: one finding for each. Does not belong here: what an extension must be (transforms/extensions.py, ownrules.py).
"""

from collections.abc import Iterator

from expectations.ownrules import all_rules, rules_of
from flows.finding import Finding, ok, problem
from transforms.errors import NightdeskError
from transforms.extensions import GROUPS, NOTIFIERS, RULES, SOURCES, Extension, installed

_ARGUMENTS = {SOURCES: ("place", "get"), NOTIFIERS: ("notice",)}
_CURE = "see docs/extending.md; a night that needs it does not begin"


def extensions() -> Iterator[Finding]:
    """One finding for each extension, or one that there is none."""
    try:
        found = [each for group in GROUPS for each in installed(group)]
        looked = [_looked_at(each) for each in found]
        if not any(finding.cure for finding in looked):
            all_rules()  # two packages may be right, and not go together
    except NightdeskError as error:
        yield problem("extensions", str(error), _CURE)
        return
    yield from looked or [ok("extensions", "none is installed")]


def _looked_at(extension: Extension) -> Finding:
    try:
        if extension.group == RULES:
            names = ", ".join(rule.name for rule in rules_of(extension))
            return ok("extensions", f"{extension}: rules {names}")
        extension.load_function(*_ARGUMENTS[extension.group])
    except NightdeskError as error:
        return problem("extensions", str(error), _CURE)
    return ok("extensions", str(extension))
