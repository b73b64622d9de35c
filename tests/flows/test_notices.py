"""Somebody is told: by a webhook and by a Prefect block, of real servers; and what happens when nobody can be."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flows.notices import Notice, notify, tell_alarms, tell_given_up, tell_killed, unfinished_is_told
from flows.rundir import RunDir, RunInfo
from sources.config import NotifySettings
from transforms.errors import ConfigError
from warehouse.paths import DataDir

NOTICE = Notice("gate", "the gate failed", ("6 of 10 pages failed.", "Rule x was broken."), "run-1", "/data/run-1/index.html")
TEXT = "- 6 of 10 pages failed.\n- Rule x was broken.\nReport: /data/run-1/index.html"


@pytest.fixture(autouse=True)
def webhook(receiver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.received.clear()
    monkeypatch.setenv("NIGHTDESK_NOTIFY_URL", receiver.url)


def test_a_notice_is_posted_for_people_and_for_programs(receiver: Any) -> None:
    assert notify(NotifySettings(), NOTICE) == ()
    assert receiver.received == [
        {
            "text": f"the gate failed\n{TEXT}",
            "kind": "gate",
            "subject": "the gate failed",
            "sentences": ["6 of 10 pages failed.", "Rule x was broken."],
            "run_id": "run-1",
            "report": "/data/run-1/index.html",
        }
    ]


def test_only_what_is_wanted_is_told(receiver: Any) -> None:
    assert notify(NotifySettings(on=("alarms",)), NOTICE) == ()
    assert tell_alarms(NotifySettings(on=("gate",)), "run-1", ["daily: bodies halved."]) == ()
    assert tell_alarms(NotifySettings(), "run-1", []) == ()
    assert receiver.received == []
    tell_alarms(NotifySettings(), "run-1", ["daily: bodies halved.", "harian: no page."])
    assert [(item["kind"], item["text"]) for item in receiver.received] == [
        ("alarms", "nightdesk: 2 alarms in run run-1\n- daily: bodies halved.\n- harian: no page.")
    ]


def test_an_error_that_ends_a_night_is_told_and_passes(receiver: Any) -> None:
    def unreadable() -> NotifySettings:
        raise ConfigError("sources.toml: is not valid TOML")

    with pytest.raises(OSError, match="disk full"), unfinished_is_told(unreadable):
        raise OSError("disk full at https://user:secret@store.example/x")
    with unfinished_is_told(unreadable):
        pass
    assert [(item["kind"], item["sentences"][0]) for item in receiver.received] == [
        ("unfinished", "OSError: disk full at (address)")
    ]


def test_a_run_that_was_found_dead_is_told(receiver: Any, tmp_path: Path) -> None:
    info = RunInfo("run-1", "night", "key", "2026-03-02", "2026-03-02T02:00:00+00:00", resumed=1)
    assert tell_killed(NotifySettings(), RunDir(info, DataDir(tmp_path))) == ()
    assert receiver.received == []
    assert tell_killed(NotifySettings(), RunDir(info, DataDir(tmp_path), was_killed=True)) == ()
    assert [(item["kind"], item["subject"], item["run_id"]) for item in receiver.received] == [
        ("unfinished", "nightdesk: run run-1 was found dead", "run-1")
    ]
    assert receiver.received[0]["sentences"] == [
        "The night of 2026-03-02, begun at 2026-03-02T02:00:00+00:00, was left by a killed process or by a dead machine.",
        "It is gone on with where it was; nothing is lost.",
    ]


def test_a_night_that_the_schedule_gives_up_is_told(receiver: Any) -> None:
    assert tell_given_up(NotifySettings, 3) == ()
    assert tell_given_up(lambda: NotifySettings(on=("gate",)), 3) == ()
    (notice,) = receiver.received
    assert (notice["kind"], notice["subject"]) == ("unfinished", "nightdesk: a night is left unfinished")
    assert notice["sentences"][0] == (
        "Its process died again in each of 3 runs that went on with it. The next night by the schedule tries once more."
    )


@pytest.mark.parametrize("where", ["broken", "closed", "no-url"])
def test_a_notice_that_cannot_be_sent_is_said_without_its_address(
    where: str, receiver: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    url = {"broken": f"{receiver.url}/broken", "closed": "http://127.0.0.1:9/s3cret", "no-url": "file:///s3cret"}[where]
    monkeypatch.setenv("NIGHTDESK_NOTIFY_URL", url)
    with caplog.at_level(logging.WARNING, "flows.notices"):
        (failure,) = notify(NotifySettings(), NOTICE)
    assert failure.startswith("The notice could not be sent by $NIGHTDESK_NOTIFY_URL: ")
    assert "s3cret" not in failure
    assert [record.getMessage() for record in caplog.records] == [failure]


BY_BLOCK = """
import sys
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from flows.notices import Notice, notify
from sources.config import NotifySettings
block = CustomWebhookNotificationBlock(name="desk", url=sys.argv[1], json_data={"title": "{{subject}}", "body": "{{body}}"})
block.save("nightdesk", overwrite=True)
notice = Notice("gate", "the gate failed", ("One sentence.",))
print(notify(NotifySettings(block="custom-webhook/nightdesk"), notice))
print(notify(NotifySettings(block="slack-webhook/nobody"), notice))
"""


def test_a_block_is_told_and_one_that_is_not_there_is_said(receiver: Any, prefect_environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BY_BLOCK, receiver.url],
        env=prefect_environment, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    told, missing = done.stdout.splitlines()
    assert (told, receiver.received) == ("()", [{"title": "the gate failed", "body": "- One sentence."}])
    assert missing.startswith("('The notice could not be sent by block slack-webhook/nobody: ValueError: ")


@pytest.mark.parametrize(
    ("code", "failures"),
    [
        ("told.append(notice)", ()),
        ("raise ValueError('no mast')", ("RuntimeError: {named}: ValueError: no mast",)),
        ("raise SystemExit(9)", ("RuntimeError: {named}: SystemExit: 9",)),
        ("time.sleep(3)", ("TimeoutError: {named}: did not end within 0.2 s",)),
    ],
)
def test_an_installed_notifier_is_told_and_one_that_fails_is_said(
    install: Any, monkeypatch: pytest.MonkeyPatch, receiver: Any, code: str, failures: tuple[str, ...]
) -> None:
    monkeypatch.setattr("flows.notices._TIMEOUT_SECONDS", 0.2 if "sleep" in code else 15)
    install(
        "acme-desk", f"import time\ntold = []\ndef send(notice):\n    {code}", {"nightdesk.notifiers": {"mast": "acme_desk:send"}}
    )
    named = "extension 'mast' of acme-desk 1.2 (nightdesk.notifiers: acme_desk:send)"
    assert notify(NotifySettings(extensions=("mast",)), NOTICE) == tuple(
        f"The notice could not be sent by extension mast: {failure.format(named=named)}" for failure in failures
    )
    assert len(receiver.received) == 1  # the webhook is told all the same
    if not failures:
        assert sys.modules["acme_desk"].told == [NOTICE]
