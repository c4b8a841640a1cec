"""Reports as pages of HTML and as pictures in SVG, written by hand: one file, no library, nothing from the network."""
