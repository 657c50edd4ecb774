"""証明書交付センター: authenticates the card, asks the right ward once, adds marks beside the ward's PDF, and counts.

Two replicas on one database are the normal case: a transaction opened at one is applied for at the other. It reads the
papers of real applications (it must, to make the marks) and keeps nothing of them: no serial, no name, no PDF. What it
signs lets nobody invent an application, swap a paper or alter a front.

`serve.serve_center` runs a replica; `opening`, `applying`, `outcomes` are the steps, each a numbered recipe.
"""
