"""The REST resources of the sandbox org: one small function for each."""
