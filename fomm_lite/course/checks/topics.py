"""Which module holds the exercises of which notebook."""

# the notebook's number -> the module with its exercises
TOPICS = {
    "00": "start",
    "01": "autoencoders",
    "02": "first_order",
    "03": "keypoints",
    "04": "dense_motion",
    "05": "occlusion",
    "06": "training",
    "07": "ablations",
    "08": "animation",
    "09": "forensics",
    "10": "scaling",
}
