"""What all tests share."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from expectations.ownrules import forget_rules

# Nothing that times itself may fail: machines are slow at times, and the first example of a language loads its data.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


# Files that would else end last, on one core, while the others have nothing left to do.
BEGUN_FIRST = ("test_remote.py", "test_crashes.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; all else stays in its order, and is the same for every worker."""
    items.sort(key=lambda item: item.path.name not in BEGUN_FIRST)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name cases of bytes by their length: two workers must name a case alike, and gzip puts the time of day into its bytes."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables that lead to a store on loopback with a bucket `newsroom` in it, all in its process's memory."""
    log = tmp_path_factory.mktemp("store") / "log"
    with log.open("w") as out:
        server = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], stdout=out, stderr=out)
    try:
        variables = {
            "AWS_ENDPOINT_URL": _address(server, log),
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIANEWSROOM",
            "AWS_SECRET_ACCESS_KEY": "noSecretAtAll+ButLookedFor/EverywhereAfterwards",
        }
        _create_bucket(variables)
        yield variables
    finally:
        server.terminate()
        server.wait(30)


def _address(server: "subprocess.Popen[bytes]", log: Path) -> str:
    """Where the server listens, when it does."""
    while server.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"the store did not start:\n{log.read_text()[-2000:]}")


def _create_bucket(variables: dict[str, str]) -> None:
    import boto3  # half a second that few tests need

    client = boto3.client(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
    client.create_bucket(Bucket="newsroom")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """install("acme-desk", code, {group: {name: target}}): a package of one module, as if an installer had put it there."""
    folder = tmp_path / "site-packages"
    modules: list[str] = []

    def add(package: str, code: str, points: Mapping[str, Mapping[str, str]]) -> Path:
        module = package.replace("-", "_")
        metadata = folder / f"{module}-1.2.dist-info"
        metadata.mkdir(parents=True)
        (folder / f"{module}.py").write_text(code, encoding="utf-8")
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n", encoding="utf-8")
        lines = [line for group, named in points.items() for line in (f"[{group}]", *(f"{n} = {t}" for n, t in named.items()))]
        (metadata / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
        monkeypatch.syspath_prepend(folder)
        modules.append(module)
        forget_rules()
        return folder

    yield add
    monkeypatch.undo()
    for module in modules:
        sys.modules.pop(module, None)
    forget_rules()
