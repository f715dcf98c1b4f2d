"""Made-up records: realistic, of any number, alike for the same seed, with faults planted on demand.

Names come from Faker, check digits are computed, divisions are real.  No record is anybody's: the numbers are drawn.
"""
