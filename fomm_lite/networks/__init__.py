"""The networks of the figure in the paper: keypoint detector, dense motion, generator."""
