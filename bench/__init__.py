"""Compares readers of Salesforce on one sandbox org: what each loses, what it costs, how fast it is."""
