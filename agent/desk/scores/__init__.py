"""Quality scores as people ask for them: a month of everybody, and why one is what it is."""
