"""What rows must be: rules, verdicts, the Great Expectations suite, metrics, the quality report."""
