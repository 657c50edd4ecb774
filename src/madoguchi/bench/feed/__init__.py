"""`bench feed`: what it costs to take in a large ward's package."""
