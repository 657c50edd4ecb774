"""Madoguchi (窓口): official tax certificates from a convenience-store kiosk, as one open chain of parties."""

__version__ = "0.1.0"
