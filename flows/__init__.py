"""Prefect flows and the command line: order, concurrency, retries. No logic."""
