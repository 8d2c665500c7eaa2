"""Both sweeps assembled: what is saved, restored, computed again, and kept on tapes."""
