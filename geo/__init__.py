"""Where things are: layers, networks, places from words, coordinates, files and maps."""
