"""The driver of coins and notes."""
