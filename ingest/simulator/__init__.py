"""A county that never was: homes, residents with rhythms of their own, devices, slips, illness, silence."""
