"""Generated programs cleaned up."""
