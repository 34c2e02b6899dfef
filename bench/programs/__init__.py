"""The programs that the bench runs as processes of their own; they import no more than they need."""
