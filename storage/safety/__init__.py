"""Sealing, the audit, and the codes and counts that keep strangers out."""
