"""The page for whoever receives a paper: what its printed code says, who signed it, and what was not checked."""
