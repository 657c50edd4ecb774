"""The nexo Retailer Protocol."""
