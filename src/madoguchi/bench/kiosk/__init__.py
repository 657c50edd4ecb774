"""How a kiosk answers hands, and how long a newcomer needs: a real Chromium at a kiosk of the whole chain."""
