"""Coin acceptor, note validator and hoppers behind one ccTalk line."""
