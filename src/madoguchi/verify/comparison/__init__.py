"""Comparing the front of a sheet with the front that its back restores.

| module | what |
|---|---|
| `redrawn` | the restored front as a picture, character by character, and with every other digit |
| `aligning` | a photo or scan laid over it |
| `ink` | brightness to ink, and how printer and camera blur it |
| `differing` | what differs, and whether it changes what the sheet says |
"""
