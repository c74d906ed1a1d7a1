"""Tables of configuration keys, and the files and variables they are read from."""
