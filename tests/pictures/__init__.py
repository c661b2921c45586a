"""What do the boards look like? `make pictures` draws each, from its file and from what its queries answer.

`history` invents a month of homes and sums it up as the roll-up does, `processes`
gives a real Prometheus six hours of our processes, `answers` asks both what each panel
asks, and `camera` takes pictures of `page`, which draws a board with Grafana's own
component library. No Grafana is in it: what the page does by itself is said there.
"""
