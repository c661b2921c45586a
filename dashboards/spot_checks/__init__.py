"""Whom to visit unannounced (四不两直), so that nobody is warned and anybody can check how the list came about?

Homes of a region with a week of figures are the frame; a seed draws some of
them by chance alone and some by risk (`drawing`). A visit has a result, what it
found is mended and looked at again (`following`). The list itself is a separate
restricted annex (`annex`): named inspectors of the issuing level alone see it.
"""
