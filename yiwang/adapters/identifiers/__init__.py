"""Identifiers with check digits and codes with structure: what each is made of, and whether a text is one."""
