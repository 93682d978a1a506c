"""The architecture that tests of the command line train: the smallest that is whole."""

TINY = {
    "num_keypoints": 3,
    "motion_size": 16,
    "jacobian_kernel": 1,
    "detector": {"block_expansion": 4, "max_features": 8, "num_blocks": 2, "head_kernel": 3, "head_padding": 1},
    "dense_motion": {"block_expansion": 4, "max_features": 8, "num_blocks": 2, "head_kernel": 3, "head_padding": 1},
    "generator": {"block_expansion": 4, "max_features": 8, "num_down_blocks": 1, "num_bottleneck_blocks": 1},
}
