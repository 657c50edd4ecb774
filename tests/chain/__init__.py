"""The whole chain as real processes: real mutual TLS, real PostgreSQL, real SIGKILL, and parties that lie."""
