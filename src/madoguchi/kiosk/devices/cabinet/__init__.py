"""Door, lock, key reader, tray sensor and lamp of a real cabinet, by Linux's own interfaces."""
