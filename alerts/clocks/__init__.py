"""Who must report a positive to whom, within which time? Files, the longest region's first."""
