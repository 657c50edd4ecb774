"""`./madoguchi certificate …`: what a ward does with layouts and names before anything is issued."""
