"""Where pages come from: sources.toml, feeds, sitemaps, robots.txt, the polite fetcher, WARC files."""
