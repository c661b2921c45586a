"""The embedded default: a broker and a database of our own, so that a newcomer needs nothing but Python."""
