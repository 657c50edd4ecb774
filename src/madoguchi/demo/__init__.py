"""`./madoguchi demo`: the whole chain on one machine, and one resident who takes a certificate home."""
