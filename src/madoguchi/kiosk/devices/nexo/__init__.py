"""E-money terminals that speak the nexo Retailer Protocol: Sale to POI, in JSON."""
