"""The live puppet: a face moved by hand, in 00."""
