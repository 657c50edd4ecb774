"""`./madoguchi bench …`: measurements with the machine and the method beside every figure. Never a timed test."""
