"""A notebook cell as a function of the notebook's variables: what it reads, its text, one run of it."""
