"""What a month pays one person: the books it is reckoned from, statements, locks, files that are brought."""
