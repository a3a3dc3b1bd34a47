"""Conformance of signet-ca with RFC 8555 and with what Let's Encrypt does: cases.tsv, row by row."""
