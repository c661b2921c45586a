"""What are the figures of each region, and do they still hold? Parts are counted again and summed up the tree."""
