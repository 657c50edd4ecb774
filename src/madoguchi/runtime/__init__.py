"""What every party's process is made of: configuration, TLS, serving, calling, database, clock, log, lock, journal.

Import the module that is needed (`from madoguchi.runtime.caller import Caller`); nothing is loaded here, so that the
command line starts quickly.
"""
