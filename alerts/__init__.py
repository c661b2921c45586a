"""Who is told, and what happens then? Reconciled episodes, alerts, routing, deliveries."""
