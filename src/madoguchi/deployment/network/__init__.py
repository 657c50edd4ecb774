"""The closed network: which machine may speak to which, and the firewall of each machine that follows from it.

One topology file declares machines, processes and the services around them. Every line between parties follows from
`deployment.lines.CALLS`; a file cannot declare a line that the program does not know.
"""
