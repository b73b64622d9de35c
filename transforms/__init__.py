"""Pure functions from a page's bytes to an article's record: no network, no clock, no files, no Prefect, no DuckDB."""
