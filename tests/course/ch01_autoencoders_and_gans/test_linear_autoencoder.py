"""The autoencoder of two matrices."""

import torch

from fomm_lite.course.ch01_autoencoders_and_gans.linear_autoencoder import LinearAutoencoder


def test_a_linear_autoencoder_restores_what_lies_in_its_directions_and_no_more():
    basis = torch.linalg.qr(torch.randn(48, 2)).Q.T
    pictures = (0.5 + torch.randn(20, 2) @ basis).view(20, 3, 4, 4)
    both = LinearAutoencoder.fit(pictures, 2)
    assert torch.allclose(both.restored(pictures), pictures, atol=1e-5)
    assert torch.allclose(both.basis @ both.basis.T, torch.eye(2), atol=1e-5)
    assert both.encode(pictures).shape == (20, 2)
    assert (LinearAutoencoder.fit(pictures, 1).restored(pictures) - pictures).abs().mean() > 1e-3
