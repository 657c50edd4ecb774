"""The ward's side of the issuing server: the process that takes in what the tax system and the registry server send.

A process of its own with a database role of its own: it writes what issuing reads, and sees nothing of what was issued;
the serving process issues, and writes nothing of what was sent. Two may run: whoever holds the load lock applies.
"""
