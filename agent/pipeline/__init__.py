"""The way of the data: take in (poll, mirror, judge, intend) and send out (claim, act, record)."""
