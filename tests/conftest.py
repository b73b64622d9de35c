"""What all tests share."""

from hypothesis import settings

# Nothing that times itself may fail: machines are slow at times, and the first example of a language loads its data.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name cases of bytes by their length: two workers must name a case alike, and gzip puts the time of day into its bytes."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) else None
