"""Plans: the dated duties of founding documents, to be adopted into an estate.

``template`` reads a plan, ``adopt`` works out what an estate lacks of it.  The templates under
``templates/`` carry the documents' own dates; adopting one may shift them all.
"""
