"""The paper: its number, the signed front code, the back, and laying marks around the ward's untouched pages."""
