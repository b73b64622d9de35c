"""What all tests share."""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name cases of bytes by their length: two workers must name a case alike, and gzip puts the time of day into its bytes."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) else None
