"""The database: SQLite in the state folder, or PostgreSQL by URL, behind one small type.

``address`` reads URLs and masks their passwords, ``tables`` says what is kept, ``schema``
brings a database to this version, ``connection`` opens it.
"""
