"""Encryption (sealing), the audit, erasure codes, and the limit on wrong references."""
