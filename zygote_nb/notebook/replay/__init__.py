"""What happens inside one gradient: its generated code run once more, interpreted, with every line observed.

Nothing here is loaded or run unless a picture is asked for; a gradient without one runs the code as it is.
"""
