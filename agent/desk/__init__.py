"""What people ask of the state: how it stands, which interventions, why this one. Reads only."""
