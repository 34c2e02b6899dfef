"""What people decide, taken down: silences, approvals, exceptions, disputes, months."""
