"""Which figures leave this house, in which form, and what is withheld so that nobody can be found in them?"""
