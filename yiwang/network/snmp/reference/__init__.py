"""The reference: pysnmp, which is slow and careful, and tells every failure apart."""
