"""What do the ministry's and the operators' boards ask, and from where do they answer?

A board is a page of Grafana; a panel's title is the question it answers, and its
description says how to read it. `queries` makes SQL over the roll-ups from the
dictionary of figures, `panels` the JSON that Grafana reads, and each board has a
module of its own. `make boards` writes `boards/*.json`; a test compares.
"""
