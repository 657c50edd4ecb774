"""The receipt printer behind ESC/POS."""
