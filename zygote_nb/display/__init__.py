"""What a magic shows: a document, written once, lowered to plain text and to HTML."""
