"""The prompt of `nightdesk sql`."""
