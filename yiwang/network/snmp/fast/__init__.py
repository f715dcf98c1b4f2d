"""The fast path: gufo-snmp (Rust), contained; whatever is not certain is asked again with the reference."""
