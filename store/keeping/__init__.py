"""What is kept of each table, for how long, and where does a second copy of it lie?"""
