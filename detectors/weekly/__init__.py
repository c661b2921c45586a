"""What does a facility's last week say, once a day is over: is what it wrote down measured, and is its staff tested?

A finding accuses people, so each states what was seen and how often honest
measuring would look like it. None blocks a check: they are judged by day, over
what is stored (docs/decisions/0105).
"""
