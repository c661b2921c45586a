"""What do the boards look like? `make pictures` draws each, from its file and from what its queries answer.

`homes` invents a month, `history` sums it up as the roll-up does, `processes` gives
a real Prometheus six hours of our processes, `answers` asks both what each panel asks,
`typed` has the boards checked against Grafana's types, and `camera` takes pictures of
`page`, which draws a board with Grafana's own component library. No Grafana is in it.
"""
