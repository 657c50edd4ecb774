"""The receipt printer behind ESC/POS: commands, answers, byte streams, what is drawn, and the driver."""
