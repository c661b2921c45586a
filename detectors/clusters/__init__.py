"""Are there more cases than chance brings? Daily counts in, verdicts out.

`definitions` holds the rules by which one home or unit has an outbreak; the
other modules are statistics over series of counts (`catalogue` has their
names). `cusum`, `rates`, `window` and `definitions` need the standard library
only, so that a worker can fold them; `predictive` and `positivity` need numpy
and scipy. `simulation` and `solve` find the limits that a false-alarm budget
allows. `detectors.excess` judges homes with them, and ranks homes in a wave.
"""
