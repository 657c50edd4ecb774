"""For whoever receives the paper (`verify`): reads the code, checks the ward's signature, asks for the status."""
