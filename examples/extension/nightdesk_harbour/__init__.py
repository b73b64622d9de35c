"""An example of a package that extends nightdesk: rules.py, sources.py, notifiers.py."""
