"""What does each reader see? The console now; dispatch and boards beside it."""
