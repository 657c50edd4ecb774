"""ECセンター: a store operator's data centre between its kiosks and the national center.

It relays sealed bytes that it cannot read, knows its kiosks by their TLS certificates, adds its own count to every
outcome, and keeps an outcome until the center has acknowledged it. A lying ec can only cut the line.
"""
