"""The other way: a network as a layout that a person could have written."""
