"""The ward's issuing server (証明書自動交付システム): what it received, whom it believes, and how a paper comes to be.

It believes nobody about *who*: it verifies the card proof itself, starts from the serial in the certificate that it
verified, reads every finished page again with an independent reader (`clerk`), and signs only what that reader read,
after the database commit that is the moment of issue (`issuing`).
"""
