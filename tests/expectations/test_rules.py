from expectations.rules import RULES, Action, Rule
from transforms.records import REASON_DISPOSITION, Disposition
from warehouse.schema import EXTRACTED


def test_rule_names_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_rule_names_a_column_of_the_extracted_row() -> None:
    assert [rule.name for rule in RULES if rule.column not in EXTRACTED.names] == []


def test_every_reason_is_one_of_quarantine() -> None:
    assert [rule.name for rule in RULES if REASON_DISPOSITION[rule.reason] is not Disposition.QUARANTINED] == []


def test_every_meaning_is_a_sentence() -> None:
    def is_sentence(rule: Rule) -> bool:
        return rule.meaning[0].isupper() and rule.meaning.endswith(".")

    assert [rule.name for rule in RULES if not is_sentence(rule)] == []


def test_rules_that_only_warn_are_not_called_critical() -> None:
    assert [rule.name for rule in RULES if rule.action is Action.WARN and rule.severity == "critical"] == []
