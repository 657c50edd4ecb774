"""The card reader behind PC/SC. Imported only where the configuration says `reader = "pcsc"`: it needs pyscard."""
