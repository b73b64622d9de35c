"""Rules for rows: what the harbour's articles must be, beside the rules that nightdesk has."""

from expectations.rules import Action, Rule, Severity

RULES = (
    Rule(
        name="harbour_body_without_filler",
        column="body",
        expectation="ExpectColumnValuesToBeNull",
        kwargs={"column": "harbour_filler"},
        severity=Severity.CRITICAL,
        action=Action.QUARANTINE,
        meaning="The text holds no filler of a template.",
        # Null when all is well, else the piece of text that gave it away.
        brings={"harbour_filler": "nullif(regexp_extract(body, '(?i)lorem ipsum[^.]*'), '')"},
    ),
)
