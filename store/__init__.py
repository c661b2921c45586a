"""What do we know? Migrations, one module and its SQL per aggregate; the only place that speaks to the database."""
