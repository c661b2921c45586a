"""Who is told when: the steps of a ladder per severity and region, with what each role is to do."""
