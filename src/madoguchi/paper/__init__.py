"""The paper: `number`, the signed `frontcode` and its `qr`, the `back`, and the `lay`ing of marks around pages.

Nothing is imported here: who prints a number should not load a typesetter.
"""
