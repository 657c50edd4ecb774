"""A deployment on paper and on disk: which processes there are, their keys, and one configuration file for each.

`./madoguchi pki init` makes keys and trust list, `./madoguchi demo` the configurations as well. No party imports
this room: a party knows only its own configuration file.
"""
