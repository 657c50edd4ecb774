"""The printer behind IPP over TLS: encoding, calls, what a printer says of itself, and the driver."""
