"""What people ask of the state: how it stands, which interventions, why this one. Only `mending` writes."""
