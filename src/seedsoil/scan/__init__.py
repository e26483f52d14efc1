"""A real CT: its bones, their density, the lesion in them, and the load they can bear. The loop never imports this floor."""
