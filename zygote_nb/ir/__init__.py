"""The structured intermediate representation: kinds, nodes, walking, text and verification."""
