"""What is known of a lowered function: memory and aliases, activity, reaching definitions, what must be recorded."""
