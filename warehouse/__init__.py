"""Where rows live: Arrow schemas, Delta commits, DuckDB views, queries."""
